/**
 * The contract of a place that stores objects. Every implementation and every layer passes `sinkContract` of
 * `ashlar/testing`. No member is optional, so that a layer forwards all of them: `BaseSink` has defaults for what a
 * sink cannot do better.
 *
 * An object is a named byte sequence in a container. Names are flat strings; a `/` in a name has no meaning to the
 * caller. `names.ts` has the rules for names. A sink makes one attempt at each call and classifies the failure
 * (`NotFoundError`, `StorageError` with its status); retries and limits are layers around it.
 *
 * - **Atomic**: an object is visible whole or not at all, even after a crash. Writing to an existing name replaces the
 *   object.
 * - **Durable**: once a writer's `close`, or `remove`, has resolved, its effect is on stable storage.
 * - **Locked**: a locked object can be read, and neither be removed nor replaced: `remove` and `removeAll` reject with a
 *   `LockedError`. Where the store keeps versions, writing to its name hides the locked object and does not destroy it.
 * - **Read after write**: `open`, `size` and `list` see that effect at once.
 */

import type { LockChange, LockTraits, ObjectLock } from "./lock.js";

/** A writer of one object. The caller that created it closes or aborts it. */
export interface ObjectWriter {
  /**
   * Takes the next bytes of the object; the caller may reuse the buffer once this resolves. One call at a time. Once it
   * has rejected, only `abort` is left: the object can no longer be completed.
   */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Completes the object. Only then does it exist under its name. If this rejects, the name holds either what it held
   * before or the new object, whole either way. `close` cannot be retried; the object must be written again.
   */
  close(): Promise<void>;
  /**
   * Discards the object and leaves nothing unfinished. Allowed at any time, even after a failed `write` or `close`; has
   * no effect after a `close` that resolved; never rejects.
   */
  abort(): Promise<void>;
}

/** A reader of one object. The caller that opened it closes it. */
export interface ObjectReader {
  /** Stored bytes of the whole object. */
  readonly size: number;
  /**
   * Reads the next bytes into `buffer`. Returns their number: less than `buffer.length` only at the end of the object,
   * 0 after it. One call at a time.
   */
  readInto(buffer: Uint8Array): Promise<number>;
  close(): Promise<void>;
}

/** Options of `open`. */
export interface OpenOptions {
  /** Position of the first byte to read, at most the object's size. @default {0} */
  readonly offset?: number;
  /** Aborts this call and the reader's calls: they reject with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `create`. */
export interface CreateOptions {
  /** Aborts this call and the writer's calls: they reject with the signal's reason. `abort` still works. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether the object must be new: `close` rejects with an `ObjectExistsError` if another writer has taken the name,
   * whose object stays. An S3 server without conditional requests replaces it all the same.
   * @default {false}
   */
  readonly isNew?: boolean | undefined;
}

/** An object in a listing. */
export interface ObjectEntry {
  readonly name: string;
  /** Stored bytes. */
  readonly size: number;
  /** By the store's clock; `undefined` if the store does not report it. */
  readonly modifiedAt?: Date | undefined;
}

/** An object that a writer has begun and neither completed nor aborted. */
export interface UnfinishedEntry {
  /** The name of the intended object. */
  readonly name: string;
  /** When it was begun or last written to, by the store's clock; `undefined` if the store does not report it. */
  readonly modifiedAt?: Date | undefined;
}

/** Properties of a store beyond its objects. */
export interface StoreTraits {
  /** Milliseconds that the server's clock is ahead of ours; `undefined` if the store does not report it. */
  readonly clockAheadMs?: number | undefined;
  /** Whether the server can refuse to overwrite an object. */
  readonly conditionalPut?: boolean | undefined;
  /** What the server does for locked objects; `undefined` if it has no locks there. */
  readonly lock?: LockTraits | undefined;
}

/** How the names of a backup's objects are built; it differs between the reference system's drivers. */
export type NamingScheme = "flat" | "hierarchical";

/** Whether a sink is remote, and the memory that it takes. */
export interface SinkProperties {
  /** Whether bytes come over a network, so that a second read may return different ones. */
  readonly isRemote: boolean;
  /** Bytes of an object that one open writer buffers, e.g. a part to be sent. */
  readonly bufferSize: number;
  /** Bytes of an object that one open reader buffers. */
  readonly readBufferSize: number;
  /** The most such buffers at once, however many writers are open; writers wait for one. */
  readonly buffersMax: number;
}

/** A place that stores objects. */
export interface ObjectSink extends SinkProperties {
  /** Recorded with each backup: the reference system's driver, e.g. `cinder.backup.drivers.posix.PosixBackupDriver`. */
  readonly service: string;
  readonly naming: NamingScheme;
  /** Whether a layer of this side encrypts the objects, so that the store has other bytes than its callers. */
  readonly isEncrypted: boolean;

  /** Creates the container; no error if it exists. @throws UsageError for a name that the sink cannot hold */
  createContainer(container: string): Promise<void>;
  /**
   * Removes the container if it is empty; no error if it is not empty or does not exist. Where containers are shared
   * and have settings of their own, as in object stores, they stay.
   */
  removeContainer(container: string): Promise<void>;
  /** Every container that may hold backups, in no order. */
  containers(): AsyncIterable<string>;

  /** Starts a new object. @throws UsageError for a name that the sink cannot hold; NotFoundError for the container */
  create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter>;
  /** @throws NotFoundError; UsageError for an offset beyond the end */
  open(container: string, name: string, options?: OpenOptions): Promise<ObjectReader>;
  /** Stored bytes, or `undefined` if there is no such object. */
  size(container: string, name: string): Promise<number | undefined>;
  /** All finished objects whose name starts with `prefix`, in no order. Empty if there is no such container. */
  list(container: string, prefix: string): AsyncIterable<ObjectEntry>;
  /** Whether objects in the container can be locked; if it is missing, whether they can once the sink has created it. */
  canLock(container: string): Promise<boolean>;
  /** The object's lock; `undefined` if it has none, or there is no such object. */
  lockOf(container: string, name: string): Promise<ObjectLock | undefined>;
  /**
   * Extends the object's lock, or sets or releases its hold. A lock that is stronger already stays as it is.
   * @throws UsageError where there are no locks; NotFoundError
   */
  lock(container: string, name: string, change: LockChange): Promise<void>;
  /** Removes the object; no error if there is none. @throws LockedError */
  remove(container: string, name: string): Promise<void>;
  /**
   * Removes each of the objects, more cheaply than one by one if the sink can. After an error any of them may remain;
   * the call can be repeated.
   * @throws LockedError
   */
  removeAll(container: string, names: readonly string[]): Promise<void>;
  /** Unfinished objects under `prefix`, including those of live writers. Empty if the store does not show them. */
  listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry>;
  /** Removes unfinished objects under `prefix` that dead writers left behind. */
  removeUnfinished(container: string, prefix: string): Promise<void>;
  /** Determines the store's traits by means of an object of that name, which exists only during the call. */
  inspect(container: string, name: string): Promise<StoreTraits>;
}
