/**
 * A kind of sink as configuration sees it: its names, its options, how they and a URL say which repository is meant, and
 * how a repository is opened. Each is one folder with a `definition.ts`, and one line in `registry.ts`.
 *
 * A repository's URL is recorded with each backup and compared as text. So it says where backups are and as whom they
 * are reached, in one spelling, and never holds a secret; everything else comes from options whenever it is opened.
 */
import type { OptionTable } from "../options/option.js";
import type { PathHost, SinkHost } from "./host.js";
import type { ObjectSink } from "./sink.js";

/** How large the buffers are that a sink keeps. */
export interface SinkMemory {
  /** Bytes that one open writer keeps of an object. */
  readonly bufferSize: number;
  /** Bytes that one open reader keeps. @default {bufferSize} */
  readonly readBufferSize?: number;
  /** How many such buffers there are at once at most. */
  readonly buffersMax?: number;
  /** Whether objects go over a network, each as a request. @default {false} */
  readonly isRemote?: boolean;
}

/** What a store's options say about new backups. */
export interface BackupDefaults {
  /** Bytes: upper bound of an object's plain bytes. */
  readonly fileSize: number;
  readonly blockSize: number;
  /** The container of backups that name none; each gets its own where this is left out. */
  readonly container: string | undefined;
  /** Whether progress is reported by time as well as by objects. */
  readonly progressTimer: boolean;
}

/** A sink, and what was opened for it. */
export interface OpenedSink {
  readonly sink: ObjectSink;
  /** Ends connections, and unmounts what was mounted. */
  close(): Promise<void>;
}

export interface SinkDefinition<Options> {
  /** Short name, for `backup_driver` and in messages. */
  readonly name: string;
  /** The reference system's class, which `backup_driver` may name, as it may name its module. */
  readonly service: string;
  /** Of the URLs, with the colon: `swift:`. */
  readonly schemes: readonly string[];
  readonly options: OptionTable<Options>;
  /** The one spelling of a URL. @throws UsageError for a URL that cannot be accepted */
  canonical(url: string, paths: PathHost): string;
  /**
   * The canonical URL of the repository that a URL and the options name together; `undefined` where they name none.
   * @param url what the user gave, where its scheme is one of these
   * @throws UsageError for a URL that cannot be accepted, and where neither it nor the options say enough
   */
  locate(url: string | undefined, options: Options, paths: PathHost): string | undefined;
  backupDefaults(options: Options): BackupDefaults;
  /** The container that a canonical URL names, which counts before the option; where left out, URLs name none. */
  containerOf?(url: string): string;
  /** What a sink of this kind keeps in memory; nothing where left out. */
  memory?(options: Options): SinkMemory;
  /** @throws UsageError for options that do not go together, or that the host cannot honour; StorageError */
  open(url: string, options: Options, host: SinkHost): Promise<OpenedSink>;
}

/** A definition whose options are parsed, kept and handed back without being looked at. */
export type AnySinkDefinition = SinkDefinition<object>;
