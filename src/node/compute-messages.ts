/** What a run and the compute threads say to each other. Bytes are named by where they lie in the run's memory. */
import type { DigestEngineChoice } from "./digest-choice.js";

export interface WorkerSettings {
  readonly digestEngine: DigestEngineChoice;
}

/** Bytes `[at, at + length)` of a run's memory. */
export interface Place {
  readonly at: number;
  readonly length: number;
}

export type Request =
  | { readonly do: "open"; readonly run: number; readonly memory: SharedArrayBuffer }
  | { readonly do: "close"; readonly run: number }
  | {
      readonly do: "digest";
      readonly run: number;
      readonly task: number;
      readonly window: Place;
      readonly blockSize: number;
      readonly digests: Place;
    }
  | {
      readonly do: "md5";
      readonly run: number;
      readonly task: number;
      readonly stream: number;
      readonly bytes: Place;
    }
  | { readonly do: "md5-zeros"; readonly run: number; readonly stream: number; readonly length: number }
  | { readonly do: "md5-end"; readonly run: number; readonly task: number; readonly stream: number };

/** The answer to a request that has a task number: a count of zero blocks, an MD5 in hexadecimal, or nothing. */
export type Answer =
  | { readonly task: number; readonly value: number | string | undefined }
  | { readonly task: number; readonly error: string };
