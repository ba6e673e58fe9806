/**
 * The contract of a place where objects live. Every implementation and every layer passes
 * `sinkContract` of `ashlar/testing`.
 *
 * An object is a named byte sequence in a container. Names are flat strings; a `/` in a name means nothing to the
 * caller. `names.ts` says which names every sink refuses. A sink makes one attempt at each call and classifies the failure (`NotFoundError`, `StorageError` with its
 * status); retry, timeouts and limits are layers around it.
 *
 * - **Atomic**: an object is seen whole or not at all, also after a crash. Putting an existing name replaces it.
 * - **Durable**: what `close` of a writer or `remove` resolved for is on stable storage.
 * - **Read after write**: `open`, `size` and `list` see it at once.
 */

export interface ObjectWriter {
  /**
   * Takes the next bytes of the object; they may be reused once this resolves. One call at a time. Once it has
   * rejected, only `abort` is left: the object cannot be completed any more.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Completes the object. Only now does it exist under its name. When this rejects, the name holds what it held
   * before or the new object, whole either way; it cannot be tried again, only the object can be written anew.
   */
  close(): Promise<void>;
  /**
   * Gives up and leaves nothing unfinished. Allowed at any time, also after a failed `write` or `close`, and without
   * effect after a `close` that resolved; never rejects.
   */
  abort(): Promise<void>;
}

/** An object that is being read. Whoever opened it closes it. */
export interface ObjectReader {
  /** Stored bytes of the whole object. */
  readonly size: number;
  /**
   * Reads the next bytes into `buffer`. Returns how many: fewer than `buffer.length` only at the end, 0 after it.
   * One call at a time.
   */
  readInto(buffer: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** What opening an object may be told. */
export interface OpenOptions {
  /** Byte of the object that is read first, at most its size. @default {0} */
  readonly offset?: number;
  /** Ends this call and the reader's: they reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What starting an object may be told. */
export interface CreateOptions {
  /** Ends this call and the writer's: they reject with the signal's reason. `abort` still works. */
  readonly signal?: AbortSignal | undefined;
}

/** An object in a listing. */
export interface ObjectEntry {
  readonly name: string;
  /** Stored bytes. */
  readonly size: number;
  /** By the store's clock; `undefined` where it does not tell. */
  readonly modifiedAt?: Date | undefined;
}

/** An object that a writer has begun and neither completed nor aborted. */
export interface UnfinishedEntry {
  /** Of the object that it was to become. */
  readonly name: string;
  /** When it was begun or last written to, by the store's clock; `undefined` where it does not tell. */
  readonly modifiedAt?: Date | undefined;
}

/** What a store is like beyond its objects. */
export interface StoreTraits {
  /** How far the server's clock is ahead of ours, milliseconds; `undefined` where it does not tell. */
  readonly clockAheadMs?: number | undefined;
  /** Whether the server can be told to refuse an object whose name is taken. */
  readonly conditionalPut?: boolean | undefined;
}

/** How the names of one backup's objects are built, which differs between the reference system's drivers. */
export type NamingScheme = "flat" | "hierarchical";

/** A place where objects live. `sinkContract` of `ashlar/testing` holds an implementation to this. */
export interface ObjectSink {
  /** The reference system's driver class path, recorded with each backup, e.g. `cinder.backup.drivers.posix.PosixBackupDriver`. */
  readonly service: string;
  readonly naming: NamingScheme;
  /** Whether bytes come over a network, so that reading again may bring others. @default {false} */
  readonly isRemote?: boolean;
  /** Bytes that one open writer or reader keeps of an object, for example a part to be sent. @default {0} */
  readonly bufferSize?: number;
  /** The same of a reader, where it keeps less. @default {bufferSize} */
  readonly readBufferSize?: number;
  /** How many such buffers the sink has at once, whatever is open; writers wait for one. @default {one for each} */
  readonly buffersMax?: number;

  /** Creates the container; no error where it exists. @throws UsageError for a name that the sink cannot hold */
  createContainer(container: string): Promise<void>;
  /**
   * Removes the container if nothing is in it; no error where something is, or where there is none. Where containers
   * are shared and have settings of their own, as in object stores, they stay.
   */
  removeContainer(container: string): Promise<void>;
  /** Every container that may hold backups, in no order. */
  containers(): AsyncIterable<string>;

  /** Starts a new object. @throws UsageError for a name that the sink cannot hold; NotFoundError without the container */
  create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter>;
  /** @throws NotFoundError; UsageError for an offset beyond the end */
  open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader>;
  /** Stored bytes, or `undefined` where there is no such object. */
  size(container: string, name: string): Promise<number | undefined>;
  /** All objects whose name starts with `prefix`, in no order; unfinished ones are not shown. Empty without the container. */
  list(container: string, prefix: string): AsyncIterable<ObjectEntry>;
  /** Removes the object; whether it existed. */
  remove(container: string, name: string): Promise<boolean>;
  /** Like `remove` for each name, where a sink can do several at less cost than one by one. */
  removeAll?(container: string, names: readonly string[]): Promise<void>;
  /** What `removeUnfinished` would remove, and what writers are at. Only sinks that can tell have it. */
  listUnfinished?(container: string, prefix: string): AsyncIterable<UnfinishedEntry>;
  /** Removes what writers that died left unfinished under `prefix`. */
  removeUnfinished(container: string, prefix: string): Promise<void>;
  /**
   * Finds out what the store is like, with an object of that name, which is there at no time but during the call. Only
   * sinks that reach their objects over a network have something to tell.
   */
  inspect?(container: string, name: string): Promise<StoreTraits>;
}
