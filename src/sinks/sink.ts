/**
 * The contract of a place where objects live. Every implementation and every layer passes `sinkContract` of
 * `ashlar/testing`. No member is optional, so that a layer forwards all of them: `BaseSink` has defaults for what a sink
 * has no better way to do.
 *
 * An object is a named byte sequence in a container. Names are flat strings; a `/` in a name means nothing to the
 * caller. `names.ts` lists the names that every sink refuses. A sink makes one attempt at each call and classifies the
 * failure (`NotFoundError`, `StorageError` with its status); retries and limits are layers around it.
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

/** An object that is being read. The caller that opened it closes it. */
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

/** Options of `open`. */
export interface OpenOptions {
  /** Byte of the object that is read first, at most its size. @default {0} */
  readonly offset?: number;
  /** Ends this call and the reader's: they reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `create`. */
export interface CreateOptions {
  /** Ends this call and the writer's: they reject with the signal's reason. `abort` still works. */
  readonly signal?: AbortSignal | undefined;
}

/** An object in a listing. */
export interface ObjectEntry {
  readonly name: string;
  /** Stored bytes. */
  readonly size: number;
  /** By the store's clock; `undefined` where the store does not report it. */
  readonly modifiedAt?: Date | undefined;
}

/** An object that a writer has begun and neither completed nor aborted. */
export interface UnfinishedEntry {
  /** The name of the object that it was to become. */
  readonly name: string;
  /** When it was begun or last written to, by the store's clock; `undefined` where the store does not report it. */
  readonly modifiedAt?: Date | undefined;
}

/** Properties of a store beyond its objects. */
export interface StoreTraits {
  /** How far the server's clock is ahead of ours, milliseconds; `undefined` where the store does not report it. */
  readonly clockAheadMs?: number | undefined;
  /** Whether the server can refuse a put to a name that is taken. */
  readonly conditionalPut?: boolean | undefined;
}

/** How the names of one backup's objects are built, which differs between the reference system's drivers. */
export type NamingScheme = "flat" | "hierarchical";

/** How far a sink is away, and the memory that it takes. */
export interface SinkProperties {
  /** Whether bytes come over a network, so that reading again may bring others. */
  readonly isRemote: boolean;
  /** Bytes of an object that one open writer keeps, for example a part to be sent. */
  readonly bufferSize: number;
  /** Bytes of an object that one open reader keeps. */
  readonly readBufferSize: number;
  /** How many such buffers the sink has at once, whatever is open; writers wait for one. */
  readonly buffersMax: number;
}

/** A place where objects live. */
export interface ObjectSink extends SinkProperties {
  /** The reference system's driver class path, recorded with each backup, e.g. `cinder.backup.drivers.posix.PosixBackupDriver`. */
  readonly service: string;
  readonly naming: NamingScheme;

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
  /** Removes the object; no error where there is none. */
  remove(container: string, name: string): Promise<void>;
  /**
   * Removes each of the objects, at less cost than one by one where the sink can. After an error any of them may be
   * left; the call can be repeated.
   */
  removeAll(container: string, names: readonly string[]): Promise<void>;
  /** Unfinished objects under `prefix`, those of living writers too. Empty where the store does not show them. */
  listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry>;
  /** Removes what writers that died left unfinished under `prefix`. */
  removeUnfinished(container: string, prefix: string): Promise<void>;
  /** Finds out the store's traits with an object of that name, which exists only during the call. */
  inspect(container: string, name: string): Promise<StoreTraits>;
}
