/**
 * Ports: interfaces of what the portable rooms need from a host. `src/node/` has the adapters for Node; other runtimes
 * bring their own. This file has no implementation.
 */

/** Time, so that no test depends on the wall clock. */
export interface Clock {
  /** Wall-clock time. */
  now(): Date;
  /** Milliseconds from an arbitrary start that never go backwards. */
  monotonicMs(): number;
}

/** An open file. Positions are absolute; there is no cursor, so calls may overlap. */
export interface FileHandle {
  /**
   * Reads into `buffer` from byte `position`. Returns the number of bytes read: less than `buffer.length` only at the
   * end of the file, 0 at or past the end.
   */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes all of `buffer` at byte `position`. `buffer` may be reused once this resolves. */
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** Resolves when everything written is on stable storage. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Bytes that can be read: a file's length, a block device's capacity. */
  size(): Promise<number>;
  /**
   * The number by which the host's other threads can read the open file, until it is closed.
   * @default {the host's threads cannot read it}
   */
  readonly descriptor?: number | undefined;
  /**
   * The ranges of the first `size` bytes of a sparse file that may have other bytes than zeros, in order; `undefined` if
   * the host cannot determine them, or all of them may.
   */
  dataRanges?(
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly { readonly offset: number; readonly length: number }[] | undefined>;
  close(): Promise<void>;
}

/**
 * `read`: must exist. `update`: must exist, read and write in place; a block device in use is refused if the host can
 * detect it. `update-shared`: like `update`, but a device in use is accepted. `create`: must not exist, read and write.
 * `replace`: created or emptied, read and write.
 */
export type OpenMode = "read" | "update" | "update-shared" | "create" | "replace";

/** The file or directory at a path. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "block-device" | "other";
  /** Bytes; 0 for kinds without a length. */
  readonly size: number;
  /** Time of the last change of its contents; `undefined` if the host does not report it. */
  readonly modifiedAt?: Date | undefined;
}

/**
 * The few calls that Ashlar makes to a file system. Failures are `StorageError` (with the call, the path in the
 * message, and the host's error as `cause`), except that `open` of a missing file throws `NotFoundError`.
 */
export interface FileSystem {
  /** New files get permission bits 0660, like the reference system's objects. */
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  /** `undefined` if there is nothing at the path. Follows symbolic links. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Creates the directory and its parents, permission bits 0770; no error if it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Entry names in no order; empty for a missing directory. */
  list(path: string): AsyncIterable<{ readonly name: string; readonly kind: FileStatus["kind"] }>;
  /** Replaces `to` atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Like `rename`, but leaves an existing `to`, and then returns false. Atomic where the file system has hard links. */
  renameToNew(from: string, to: string): Promise<boolean>;
  /** Returns whether the file existed. */
  remove(path: string): Promise<boolean>;
  /** Returns whether the directory was removed: false if it is not empty or did not exist. */
  removeDirectory(path: string): Promise<boolean>;
  /** Makes the directory's entries (creations, renames, removals) durable. */
  syncDirectory(path: string): Promise<void>;
}

/** A value that the databases store without loss: text, number (integers to 2^53−1), or null. Never BigInt. */
export type SqlValue = string | number | null;
/** A row: values by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** The databases that can have a catalog, by their SQL. */
export type SqlDialect = "sqlite" | "postgresql";

/** The statements that can run within a transaction, or outside one. Parameters are marked by `?`. */
export interface SqlSession {
  readonly dialect: SqlDialect;
  /** Runs one statement; resolves to the number of rows changed. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** All rows of one query. */
  all(sql: string, parameters?: readonly SqlValue[]): Promise<SqlRow[]>;
}

/**
 * One database. Calls may overlap: implementations serialise changes, and run only a transaction's own statements on a
 * connection until it ends.
 */
export interface SqlDatabase extends SqlSession {
  /**
   * Runs `work` in one transaction that excludes all other changes, of this process and of others, from before its
   * first statement to its end; commits when it resolves, rolls back when it rejects. Waits for other transactions up
   * to a timeout. Must not be nested.
   *
   * A database over a network runs `work` again if the connection was lost before the commit, so `work` changes nothing
   * but the database.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /**
   * Calls `listener` at notices on the channel, until the returned function is called. Those sent while the connection
   * was lost are missing. A database without notices lacks the method.
   */
  listen?(channel: string, listener: () => void): Promise<() => void>;
  /**
   * Called before the schema of a database that is in use is changed. A database of one host lacks it.
   * @throws InvalidStateError while other processes work with it
   */
  requireAlone?(): Promise<void>;
  close(): Promise<void>;
}

/** A running hash over bytes that come in pieces. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Another hash of the same bytes so far, independent of this one from then on. */
  copy(): RunningHash;
  /** Lower-case hexadecimal; the instance cannot be used afterwards. */
  hex(): string;
}

/** Hashes of whole byte streams. The portable implementation is WebAssembly, Node's is native. */
export interface Hashes {
  md5(): RunningHash;
  sha256(): RunningHash;
}

/** A request that is sent once. */
export interface HttpRequest {
  readonly method: "DELETE" | "GET" | "HEAD" | "PATCH" | "POST" | "PUT";
  /** Absolute URL with its query, sent unchanged. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Bytes are sent with their Content-Length. Pieces are taken one at a time as the connection accepts them, and sent
   * in chunked transfer coding unless `headers` has a Content-Length; a piece may be reused once the next is requested.
   */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Whether the server may answer 308 without a location, as Google Cloud Storage does after a part of an upload: web
   * pages see such an answer only if redirects are followed. @default {false}
   */
  readonly expects308?: boolean;
  /** Aborts the call in any state, even while the body of its response is read. */
  readonly signal?: AbortSignal;
}

/** The answer to a request, with its body unread. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** The caller reads it to its end or cancels it; otherwise the connection is not used again. */
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * Makes one attempt per request: no retries, redirects or cookies, and no decoding of bodies. Any status is a response;
 * a failed connection, or a truncated body, is a `StorageError` with status `temporary`.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Closes idle connections. */
  close(): Promise<void>;
}

/** Where a server listens: a TCP port, or a Unix socket. */
export type ServerAddress =
  | { readonly host: string; readonly port: number }
  | { readonly socketPath: string };

/** A stream of bytes to and from a server. Failures are `StorageError`, with status `temporary`. */
export interface Connection {
  /** Reads at least one byte into `buffer`; resolves to the number of bytes, 0 at the end. One read at a time. */
  read(buffer: Uint8Array): Promise<number>;
  /** Sends all of `bytes`, which may be reused once this resolves. Writes that overlap are sent in order. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Continues with TLS and checks the server's certificate for `serverName`. Only the returned connection is used
   * afterwards.
   */
  startTls(serverName: string): Promise<Connection>;
  /** Ends reads and writes in progress. */
  close(): void;
}

/** Connects to a server. */
export type Connect = (address: ServerAddress) => Promise<Connection>;

/** An image of a disk that programs of its own read and write. */
export type DiskImage = Qcow2Image | RbdImage;

export interface Qcow2Image {
  readonly format: "qcow2";
  /** Absolute path. */
  readonly path: string;
}

export interface RbdImage {
  readonly format: "rbd";
  readonly pool: string;
  readonly namespace?: string | undefined;
  readonly image: string;
  readonly snapshot?: string | undefined;
  /** Name without "client.". @default {Ceph's: admin} */
  readonly user?: string | undefined;
  /** Path of `ceph.conf`. @default {Ceph's: that of CEPH_CONF, or else in /etc/ceph} */
  readonly configuration?: string | undefined;
}

export interface ServeOptions {
  /** For messages. */
  readonly name: string;
  readonly isWritable: boolean;
  /** A dirty bitmap of the image that the server exports as well. */
  readonly bitmap?: string | undefined;
}

/** A server of one image: an NBD export without a name. It ends when its last client leaves, or this process dies. */
export interface DiskImageServer {
  readonly address: ServerAddress;
  /** Resolves when the server has ended, and so released the image. */
  close(): Promise<void>;
}

/**
 * Programs for images of disks. Failures name the image: `NotFoundError` for one that does not exist,
 * `InvalidStateError` for one in use, `StorageError` for the rest, and for a program that is not installed.
 */
export interface DiskImages {
  /** Resolves when the server accepts connections. */
  serve(image: DiskImage, options: ServeOptions): Promise<DiskImageServer>;
  /** What changed in an RBD image since a snapshot of it, as `rbd diff --format json` prints it. */
  changesSince(
    image: RbdImage,
    snapshot: string,
    options: { readonly name: string; readonly signal?: AbortSignal | undefined },
  ): Promise<string>;
}
