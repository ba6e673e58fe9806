/**
 * Encoding by the zstd of `@bokuweb/zstd-wasm`, which takes an object at once.
 *
 * It does not check whether its memory could grow: where it could not, it writes over what it has and ends in a
 * RuntimeError at some point. So inputs are bounded far below what it can take, and an instance that threw anything is
 * never used again.
 */
import { MIB } from "../../units.js";
import type { WholeEncoder } from "../codec.js";
import { ZeroObjects } from "../zero-objects.js";
import { withChecksum, type Xxh64Pool } from "./checksum.js";
import { headerIn } from "./frames/frames.js";
import { WHOLE_FRAME_MAX } from "./frames/whole-reader.js";
import { zstdStateSize } from "./level.js";

/**
 * Memory is three times this and more: what is gathered, its copy inside of the instance and the room for the result.
 * At level 3 zstd looks back 2 MiB, so cutting here costs less than half a hundredth in size.
 */
export const ZSTD_INPUT_MAX: number = 5 * MIB;
/** A window, and so an object, may be as large as the largest block; the instance itself takes 1000 MiB. */
const INPUT_LIMIT: number = 16 * MIB;
/** The instance's memory before anything is encoded. */
const HEAP_SIZE: number = 16 * MIB;

/** One instance of the WebAssembly module. */
export interface ZstdInstance {
  compress(plain: Uint8Array, level: number): Uint8Array;
  /** A whole frame; makes room for as many plain bytes as its header says. */
  decompress(frame: Uint8Array): Uint8Array;
}

/** A new instance. @throws Error where there can be no further one */
export type Instantiate = () => Promise<ZstdInstance>;

/** Bytes of an instance that encodes at `level`, whose memory grows by a fifth more than is needed. */
export function wasmEncoderMemory(level: number): number {
  return HEAP_SIZE + Math.ceil(1.2 * (2 * ZSTD_INPUT_MAX + zstdStateSize(level, INPUT_LIMIT)));
}

/** Bytes by which it grows further for an object of `length` bytes, where blocks are so large that it has to be. */
export function wasmGrowthFor(length: number): number {
  return Math.ceil(1.2 * 2 * Math.max(0, length - ZSTD_INPUT_MAX));
}

/** The same for decoding, where all objects have short frames. */
export function wasmDecoderMemory(plainMax: number): number {
  if (plainMax > WHOLE_FRAME_MAX) return 0;
  return HEAP_SIZE + Math.ceil(1.2 * (2 * plainMax + MIB));
}

export interface WasmZstdOptions {
  readonly level: number;
  readonly hashes: Xxh64Pool;
  readonly instantiate: Instantiate;
  /** Gives the memory of bytes that came from here back at once, where the host can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
}

export class WasmZstd implements WholeEncoder {
  readonly maxInput: number = ZSTD_INPUT_MAX;
  /** Encoding happens on this thread: one object is encoded and stored while the next is gathered. */
  readonly lanes = 2;
  readonly #level: number;
  readonly #hashes: Xxh64Pool;
  readonly #instantiate: Instantiate;
  readonly #zeros = new ZeroObjects();
  readonly #free: WasmZstdOptions["free"];
  /** What nobody else has and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();
  #instance: Promise<ZstdInstance> | undefined;

  constructor({ level, hashes, instantiate, free }: WasmZstdOptions) {
    this.#free = free;
    this.#level = level;
    this.#hashes = hashes;
    this.#instantiate = instantiate;
  }

  /** @throws Error for more than 16 MiB, or when two instances in a row have failed */
  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    if (plain.length > INPUT_LIMIT)
      throw new Error(`Cannot encode ${plain.length} bytes at once: want ${INPUT_LIMIT} at most`);
    return isZero ? this.#zeros.get(plain.length, () => this.#encode(plain)) : this.#encodeOwn(plain);
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) this.#free?.(encoded);
  }

  /** The plain bytes of a whole frame that says how many they are. @throws Error when it is damaged */
  async decompress(frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#use((instance) => instance.decompress(frame))) as Uint8Array<ArrayBuffer>;
  }

  async #encodeOwn(plain: Uint8Array): Promise<Uint8Array> {
    const encoded = await this.#encode(plain);
    this.#own.add(encoded);
    return encoded;
  }

  async #encode(plain: Uint8Array): Promise<Uint8Array> {
    const hash = await this.#hashes.take();
    hash.update(plain);
    const frame = await this.#compress(plain).catch(() => this.#compress(plain));
    const result = withChecksum(frame, hash);
    // Else a dozen MiB of dead frames come together on each thread before its collector looks.
    this.#free?.(frame);
    this.#hashes.giveBack(hash);
    return result;
  }

  #compress(plain: Uint8Array): Promise<Uint8Array> {
    return this.#use((instance) => {
      const frame = instance.compress(plain, this.#level);
      // What an instance writes whose memory somebody else has taken begins with anything else.
      if (headerIn(frame)?.contentSize === plain.length) return frame;
      throw new Error(`Cannot encode ${plain.length} bytes: the instance of zstd has made no frame of them`);
    });
  }

  async #use<T>(work: (instance: ZstdInstance) => T): Promise<T> {
    this.#instance ??= this.#instantiate();
    const instance = this.#instance;
    try {
      return work(await instance);
    } catch (error) {
      if (this.#instance === instance) this.#instance = undefined;
      throw error;
    }
  }
}

let only: Promise<ZstdInstance> | undefined;
let hasFailed = false;

/**
 * The package's one instance, which all runtimes of a realm share: each call takes its bytes in and out at once. It cannot
 * make another in the same realm, so one that threw anything was the last.
 */
export const instantiateOnce: Instantiate = () => {
  if (hasFailed)
    throw new Error("Cannot make another instance of zstd: the first one failed, and its module has but one");
  only ??= initialised().catch((error: unknown) => {
    // A module that could not be read may be there the next time.
    only = undefined;
    throw error;
  });
  return only;
};

async function initialised(): Promise<ZstdInstance> {
  const zstd = await import("@bokuweb/zstd-wasm");
  await zstd.init();
  return {
    compress: (plain, level) => watched(() => zstd.compress(plain, level)),
    decompress: (frame) => watched(() => zstd.decompress(frame)),
  };
}

function watched(work: () => Uint8Array): Uint8Array {
  try {
    return work();
  } catch (error) {
    hasFailed = true;
    throw error;
  }
}
