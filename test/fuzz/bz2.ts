/**
 * Fuzzing of the bzip2 decoder: valid streams with a few things changed, and bytes at random behind a valid header.
 *
 * Each execution has to end in plain bytes or in the decoder's own error. Anything else, a trap of the kernel above
 * all, throws here, with what is needed to repeat it. Memory cannot grow: an instance's is fixed, and output is taken
 * in pieces of 64 KiB. That no execution hangs is checked by a limit of output and of time.
 */
import { performance } from "node:perf_hooks";
import { Bzip2Decompressor } from "../../src/kernels/bzip2-decompressor.js";
import { compileBzip2 } from "../../src/kernels/bzip2-module.js";
import { bytesBy, compress, numbersFrom, randomBytes, text } from "../kernels/bzip2-samples.js";
import type { FuzzOptions, FuzzResult } from "./outcome.js";

export interface Bz2FuzzResult extends FuzzResult {
  /** Each error message, and how often it came. */
  readonly messages: ReadonlyMap<string, number>;
}

/** Far above what a stream of these sizes takes; a machine that stands still for so long fails honestly. */
const EXECUTION_MS_MAX = 5000;
/** A block cannot hold more than 900 000 / 5 runs of 255, and the streams are too short for many blocks. */
const PIECE_SIZE_MAX = 64 * 1024 + 256;
const OUTPUT_MAX = 400 * 1024 * 1024;

const ORIGINALS: readonly Buffer[] = [
  Buffer.alloc(0),
  Buffer.from("x"),
  Buffer.alloc(70_000),
  text(700, 1),
  randomBytes(300, 2),
  randomBytes(2000, 3, 5),
  bytesBy(1500, (index) => index >>> 2),
  Buffer.concat([text(300, 4), Buffer.alloc(600), randomBytes(100, 5)]),
];

export async function fuzzBz2({ seed, executions }: FuzzOptions): Promise<Bz2FuzzResult> {
  const decompressor = new Bzip2Decompressor(await compileBzip2());
  const streams = ORIGINALS.map((plain, index) => compress(plain, 1 + (index % 9)));
  const messages = new Map<string, number>();
  let decoded = 0;
  let slowestMs = 0;
  for (let execution = 0; execution < executions; execution++) {
    const next = numbersFrom((seed * 0x9e3779b1 + execution * 0x85ebca6b) >>> 0);
    for (let i = 0; i < 4; i++) next();
    const encoded = makeInput(streams, next);
    const start = performance.now();
    const message = run(decompressor, encoded, `seed ${seed}, execution ${execution}`);
    slowestMs = Math.max(slowestMs, performance.now() - start);
    if (message === undefined) decoded++;
    else messages.set(message, (messages.get(message) ?? 0) + 1);
  }
  if (slowestMs > EXECUTION_MS_MAX) throw new Error(`an execution took ${slowestMs} ms (seed ${seed})`);
  return { decoded, refused: executions - decoded, messages, slowestMs };
}

/** The decoder's error message; `undefined` when it had none. */
function run(decompressor: Bzip2Decompressor, encoded: Buffer, location: string): string | undefined {
  let size = 0;
  const take = (pieces: Iterable<Uint8Array>) => {
    for (const piece of pieces) {
      size += piece.length;
      if (piece.length > PIECE_SIZE_MAX || size > OUTPUT_MAX) throw new RangeError(`${size} bytes came out`);
    }
  };
  decompressor.start();
  try {
    take(decompressor.decode(encoded));
    take(decompressor.end());
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (message.startsWith("Cannot decode bzip2 data: ") && !message.endsWith("undefined")) return message;
    throw new Error(`the decoder failed otherwise than by its own error (${location})`, { cause: error });
  }
}

function makeInput(streams: readonly Buffer[], next: () => number): Buffer {
  if (next() % 16 === 0) return randomBehindHeader(next);
  let bytes: Buffer = Buffer.from(streams[next() % streams.length]!);
  for (let changes = 1 + (next() % 4); changes > 0; changes--) bytes = change(bytes, streams, next);
  return bytes;
}

/** A block's header with a plausible beginning, and noise. */
function randomBehindHeader(next: () => number): Buffer {
  const noise = bytesBy(4 + (next() % 400), () => next() >>> 11);
  const kept = Buffer.from("BZh9\x31\x41\x59\x26\x53\x59", "latin1").subarray(0, 4 + (next() % 2) * 6);
  return Buffer.concat([kept, noise]);
}

function change(bytes: Buffer, streams: readonly Buffer[], next: () => number): Buffer {
  const at = bytes.length === 0 ? 0 : next() % bytes.length;
  switch (next() % 8) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (next() % 8))]);
    case 2:
      return Buffer.concat([
        bytes.subarray(0, at),
        bytesBy(next() % 8, () => next() >>> 9),
        bytes.subarray(at),
      ]);
    case 3:
      return Buffer.concat([bytes.subarray(0, at), streams[next() % streams.length]!.subarray(at)]);
    case 4:
      return Buffer.concat([bytes, streams[next() % streams.length]!]);
    case 5: {
      const changed = Buffer.from(bytes);
      changed.fill(next() & 255, at, Math.min(changed.length, at + 1 + (next() % 16)));
      return changed;
    }
    default: {
      const changed = Buffer.from(bytes);
      if (changed.length > 0) changed[at]! ^= 1 << (next() & 7);
      return changed;
    }
  }
}
