/**
 * The tasks of threads, with the types of their inputs and outputs, so that the compiler checks every call. A host adds
 * its own tasks by extending the table (`src/node/threads/tasks.ts`).
 */
import type { CodecId } from "../codecs/codec.js";

/**
 * One field of a task's input. Views of shared memory are passed by reference and processed in place; other bytes are
 * copied.
 */
export type TaskField =
  | boolean
  | number
  | string
  | undefined
  | Uint8Array
  | readonly number[]
  | readonly Uint8Array[];

export type TaskInput = { readonly [field: string]: TaskField };

/** The answer of a task. Its bytes belong to the caller. */
export type TaskOutput = number | string | readonly string[] | Uint8Array<ArrayBuffer> | undefined;

/** The types of one task. */
export interface Task<Input extends TaskInput, Output extends TaskOutput> {
  readonly input: Input;
  readonly output: Output;
}

export type TaskTable<T> = { readonly [Name in keyof T]: Task<TaskInput, TaskOutput> };

/** Properties of each task of a table. */
export type TraitsOf<T extends TaskTable<T>> = {
  readonly [Name in keyof T]: TaskTraits<keyof T[Name]["input"] & string>;
};

export interface TaskTraits<Field extends string = string> {
  /** Whether it takes longer than the digest of a window. */
  readonly isLong: boolean;
  /** The field whose bytes the task writes, completely; it only reads the others. */
  readonly writes?: Field;
}

/** The functions that execute the tasks of a table on a thread. */
export type HandlersOf<T extends TaskTable<T>> = {
  readonly [Name in keyof T]: (input: T[Name]["input"]) => T[Name]["output"] | Promise<T[Name]["output"]>;
};

/** The tasks of threads on every host. A `stream` is a number that the caller got from `nextStream`. */
export interface CommonTasks {
  /** Block digests of a window; answers the number of blocks that are all zero. */
  readonly digest: Task<
    { readonly window: Uint8Array; readonly blockSize: number; readonly digests: Uint8Array },
    number
  >;
  /** The next bytes of one MD5, or zeros. */
  readonly "md5-update": Task<{ readonly stream: number; readonly bytes: Uint8Array }, undefined>;
  readonly "md5-zeros": Task<{ readonly stream: number; readonly length: number }, undefined>;
  readonly "md5-end": Task<{ readonly stream: number }, string>;
  readonly "md5-drop": Task<{ readonly stream: number }, undefined>;
  /** The next bytes of up to four MD5s at once; separate tasks end and drop them. */
  readonly "lanes-update": Task<
    { readonly streams: readonly number[]; readonly pieces: readonly Uint8Array[] },
    undefined
  >;
  readonly "lanes-end": Task<{ readonly stream: number }, string>;
  readonly "lanes-drop": Task<{ readonly stream: number }, undefined>;
  /** MD5s of up to four whole contents. */
  readonly md5s: Task<{ readonly contents: readonly Uint8Array[] }, readonly string[]>;
  /** MD5s of as many zeros as each length says. */
  readonly "zero-md5s": Task<{ readonly lengths: readonly number[] }, readonly string[]>;
  /** Deflates a piece to a raw stream that ends at a flush point. */
  readonly "zlib-encode": Task<
    { readonly piece: Uint8Array; readonly dictionary: Uint8Array; readonly level: number },
    Uint8Array<ArrayBuffer>
  >;
  /** Opens a decoder for one object; the following tasks are its methods. */
  readonly "decode-open": Task<
    {
      readonly stream: number;
      readonly codec: Exclude<CodecId, "none">;
      readonly plainMax: number | undefined;
    },
    undefined
  >;
  readonly "decode-write": Task<
    { readonly stream: number; readonly encoded: Uint8Array; readonly isLast: boolean },
    undefined
  >;
  readonly "decode-fill": Task<{ readonly stream: number; readonly window: Uint8Array }, number>;
  readonly "decode-close": Task<{ readonly stream: number }, undefined>;
}

const SHORT: TaskTraits<never> = { isLong: false };

export const commonTraits: TraitsOf<CommonTasks> = {
  digest: { isLong: false, writes: "digests" },
  "md5-update": SHORT,
  "md5-zeros": SHORT,
  "md5-end": SHORT,
  "md5-drop": SHORT,
  "lanes-update": SHORT,
  "lanes-end": SHORT,
  "lanes-drop": SHORT,
  md5s: { isLong: true },
  "zero-md5s": { isLong: true },
  "zlib-encode": { isLong: true },
  "decode-open": { isLong: true },
  "decode-write": { isLong: true },
  "decode-fill": { isLong: true, writes: "window" },
  "decode-close": SHORT,
};

/** A thread, or several. */
export interface TaskRunner<T extends TaskTable<T> = CommonTasks> {
  /**
   * Executes a task; the bytes of `input` are read and written until the promise settles. Tasks of one thread start in
   * the order of the calls. A task runs to its end even if nobody awaits its result.
   * @throws InvalidStateError after the pool was closed; StorageError (temporary) when the thread died; any error of
   *   the task
   */
  run<Name extends keyof T & string>(task: Name, input: T[Name]["input"]): Promise<T[Name]["output"]>;
}

let streamCount = 0;

/** A new number for tasks that belong together. */
export function nextStream(): number {
  return streamCount++;
}
