/**
 * What the configuration knows of a kind of repository: its names, its options by the reference system's names, and how
 * they and a URL say which repository is meant. Another kind is one file like `swift.ts` and one line in `registry.ts`,
 * and on Node one more in `src/node/repository.ts`, which opens it.
 *
 * A repository's URL is recorded with each backup and compared as text. So it says where backups are and as whom they
 * are reached, in one spelling, and never holds a secret; everything else comes from options whenever it is opened.
 */
import type { SinkEvent } from "./layers/log.js";

/** Resolves paths of this host. */
export interface PathHost {
  /** The `file:` URL of an absolute path, or of one relative to the working directory. */
  fileUrl(path: string): string;
}

export interface DriverOption {
  readonly help: string;
  readonly default?: string;
  /** A secret is not taken from the command line, which others can read, and never said. */
  readonly isSecret?: boolean;
  /** @throws UsageError saying what is wanted; its caller says of which option */
  check?(text: string): void;
}

/** The value that counts for an option: what is given, else its default. */
export type OptionLookup = (name: string) => string | undefined;

export interface DriverMemory {
  /** Bytes that one open writer keeps of an object. */
  readonly bufferSize: number;
  /** Bytes that one open reader keeps. @default {bufferSize} */
  readonly readBufferSize?: number;
  /** How many such buffers there are at once at most. */
  readonly buffersMax?: number;
  /** Whether objects go over a network, each as a request. @default {false} */
  readonly isRemote?: boolean;
}

export interface Driver {
  /** Short name, for `backup_driver` and in messages. */
  readonly name: string;
  /** The reference system's class, which `backup_driver` may name, as it may name its module. */
  readonly service: string;
  /** Of the URLs, with the colon: `swift:`. */
  readonly schemes: readonly string[];
  readonly options: Readonly<Record<string, DriverOption>>;
  /** The options with an object's and a block's size, and with the container of backups that name none. */
  readonly objectSize: string;
  readonly blockSize: string;
  readonly container: string;
  /** The option that says whether progress is told by time. */
  readonly progressTimer: string;
  /**
   * The canonical URL. `url` is what the user gave, where its scheme is one of this driver's.
   * @throws UsageError for a URL that cannot be accepted, and where neither it nor the options say enough
   */
  repository(url: string | undefined, option: OptionLookup, host: PathHost): string | undefined;
  /** The container that a canonical URL names, which counts before the option; where left out, URLs name none. */
  containerOf?(url: string): string;
  /** What a sink of this kind keeps in memory; nothing where left out. */
  memory?(option: OptionLookup): DriverMemory;
}

/** What repositories are opened with, whichever is named by a backup that is to be read. */
export interface RepositorySettings {
  /** Values of the drivers' options that were given, by their names; secrets are among them. */
  readonly options: Readonly<Record<string, string>>;
  /** `backup_create_containers`. @default {true} */
  readonly createsContainers?: boolean | undefined;
  /** Bytes a second, of all operations together. @default {no limit} */
  readonly limitUpload?: number | undefined;
  readonly limitDownload?: number | undefined;
  /** Told of every call of a repository that has ended. @default {nobody is told} */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}
