/**
 * A kind of sink as configuration sees it: its names, its options, how these and a URL identify a repository, and how a
 * repository is opened. Each kind is one folder with a `definition.ts`, and one line in `registry.ts`.
 *
 * A repository's URL is recorded with each backup and compared as text. So it states where backups are and which
 * account reaches them, in one spelling, and never holds a secret; everything else comes from options at each opening.
 */
import type { OptionTable } from "../options/option.js";
import type { PathHost, SinkHost } from "./host.js";
import type { ObjectSink } from "./sink.js";

/** The sizes of a sink's buffers. */
export interface SinkMemory {
  /** Bytes of an object that one open writer buffers. */
  readonly bufferSize: number;
  /** Bytes that one open reader buffers. @default {bufferSize} */
  readonly readBufferSize?: number;
  /** The most such buffers at once. */
  readonly buffersMax?: number;
  /** Whether objects are sent and read by requests over a network. @default {false} */
  readonly isRemote?: boolean;
}

/** Defaults for new backups, from a store's options. */
export interface BackupDefaults {
  /** Upper bound of an object's plain bytes. */
  readonly fileSize: number;
  readonly blockSize: number;
  /** The container of backups that name none; if `undefined`, each such backup gets its own. */
  readonly container: string | undefined;
  /** Whether progress is reported by time as well as by objects. */
  readonly progressTimer: boolean;
}

/** A sink, with the resources opened for it. */
export interface OpenedSink {
  readonly sink: ObjectSink;
  /** Closes connections, and unmounts what was mounted. */
  close(): Promise<void>;
}

export interface SinkDefinition<Options> {
  /** Short name, for `backup_driver` and in messages. */
  readonly name: string;
  /** The reference system's driver class; `backup_driver` accepts it, and its module. */
  readonly service: string;
  /** Schemes of its URLs, with the colon: `swift:`. */
  readonly schemes: readonly string[];
  readonly options: OptionTable<Options>;
  /** The canonical spelling of a URL. @throws UsageError for a URL that cannot be accepted */
  canonical(url: string, paths: PathHost): string;
  /**
   * The canonical URL of the repository that a URL and the options name together; `undefined` if they name none.
   * @param url the user's URL, if its scheme is one of `schemes`
   * @throws UsageError for a URL that cannot be accepted, or if URL and options together are incomplete
   */
  locate(url: string | undefined, options: Options, paths: PathHost): string | undefined;
  backupDefaults(options: Options): BackupDefaults;
  /** The container that a canonical URL names; it overrides the option. If left out, URLs name none. */
  containerOf?(url: string): string;
  /** Memory of a sink of this kind; if left out, it buffers nothing. */
  memory?(options: Options): SinkMemory;
  /** @throws UsageError for options that conflict, or that the host cannot honour; StorageError */
  open(url: string, options: Options, host: SinkHost): Promise<OpenedSink>;
}

/** A definition whose options are only parsed, kept and passed back to it, never inspected. */
export type AnySinkDefinition = SinkDefinition<object>;
