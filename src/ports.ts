/**
 * Ports: what the portable rooms need of a host, as interfaces. `src/node/` has the adapters for Node; another
 * runtime brings its own. Nothing here does anything.
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
   * Reads into `buffer` from byte `position`. Returns the bytes read: fewer than asked for only at the end of the
   * file, 0 at or past the end.
   */
  read(buffer: Uint8Array, position: number): Promise<number>;
  /** Writes the whole of `buffer` at byte `position`. `buffer` may be reused once this resolves. */
  write(buffer: Uint8Array, position: number): Promise<void>;
  /** Resolves when all that was written is on stable storage. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Bytes that can be read: a file's length, a block device's capacity. */
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * `read`: must exist. `update`: must exist, read and write in place; a block device that is in
 * use is refused where the host can tell. `update-shared`: the same, also where it is in use. `create`: must not exist, read and write.
 * `replace`: created or emptied, read and write.
 */
export type OpenMode = "read" | "update" | "update-shared" | "create" | "replace";

/** What a path leads to. */
export interface FileStatus {
  readonly kind: "file" | "directory" | "block-device" | "other";
  /** Bytes; 0 for what has no length of its own. */
  readonly size: number;
  /** Of its contents; `undefined` where the host does not tell. */
  readonly modifiedAt?: Date | undefined;
}

/**
 * The few calls that Ashlar makes of a file system. Failures are `StorageError` (operation, path in the message,
 * `cause` the host's error) except a missing file, which is `NotFoundError` from `open`.
 */
export interface FileSystem {
  /** New files get permission bits 0660, which is what the reference system gives its objects. */
  open(path: string, mode: OpenMode): Promise<FileHandle>;
  /** `undefined` where nothing is. Follows symbolic links. */
  status(path: string): Promise<FileStatus | undefined>;
  /** Creates the directory and its parents, permission bits 0770; no error where it exists. */
  makeDirectory(path: string): Promise<void>;
  /** Entry names in no order; empty for a missing directory. */
  list(path: string): AsyncIterable<{ readonly name: string; readonly kind: FileStatus["kind"] }>;
  /** Replaces `to` atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Whether the file existed. */
  remove(path: string): Promise<boolean>;
  /** Whether it is gone: false where it is not empty or was not there. */
  removeDirectory(path: string): Promise<boolean>;
  /** Makes the directory's entries (creations, renames, removals) durable. */
  syncDirectory(path: string): Promise<void>;
}

/** A value that SQLite stores without loss here: text, number (integers to 2^53−1), or null. Never BigInt. */
export type SqlValue = string | number | null;
/** A row, by the names of its columns. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** What can be asked within one transaction, or outside of any. */
export interface SqlSession {
  /** Runs one statement; resolves to the number of rows changed. */
  run(sql: string, parameters?: readonly SqlValue[]): Promise<number>;
  /** All rows of one query. */
  all(sql: string, parameters?: readonly SqlValue[]): Promise<SqlRow[]>;
}

/**
 * One SQLite database. Calls may overlap: implementations serialise them, and nothing runs on the connection
 * between the statements of a transaction but that transaction's own.
 */
export interface SqlDatabase extends SqlSession {
  /**
   * Runs `work` in one `BEGIN IMMEDIATE` transaction; commits when it resolves, rolls back when it rejects.
   * Waits for other processes' transactions up to the busy timeout. Must not be nested.
   */
  transaction<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** A running hash over bytes that come in pieces. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal; the instance is spent afterwards. */
  hex(): string;
}

/** Hashes of whole byte streams. The portable implementation is WebAssembly, Node's is native. */
export interface Hashes {
  md5(): RunningHash;
  sha256(): RunningHash;
}

/** A request to be sent once. */
export interface HttpRequest {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  /** Absolute, with its query; sent as it is. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Bytes go with their Content-Length. Pieces are taken one at a time as the connection accepts them, in chunked
   * transfer coding unless `headers` has a Content-Length; each piece may be reused once the next is asked for.
   */
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Whether the server may answer 308 without saying where to go, as Google Cloud Storage does to a part of an upload:
   * pages show such an answer only where redirects are followed. @default {false}
   */
  readonly expects308?: boolean;
  /** Ends the call, whatever it waits for, also while the body of its response is read. */
  readonly signal?: AbortSignal;
}

/** The answer to a request, its body not read yet. */
export interface HttpResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** To be read to its end or cancelled, else the connection is not used again. */
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * One HTTP attempt at a time: no retry, no redirect, no cookie, no decoding of bodies. Any status is a response; a
 * connection that fails, or a body that is cut, is a `StorageError` with status `temporary`.
 */
export interface HttpClient {
  send(request: HttpRequest): Promise<HttpResponse>;
  /** Ends idle connections. */
  close(): Promise<void>;
}
