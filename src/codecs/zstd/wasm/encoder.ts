/**
 * Encoding of whole objects with a kernel, or with the zstd of `@bokuweb/zstd-wasm`.
 *
 * The package does not check whether its memory could grow: if not, it overwrites its own data and ends in a
 * RuntimeError at some point. So inputs are bounded far below the memory's limit, and an instance that has thrown any
 * error is never used again.
 */
import type { WholeEncoder } from "../../codec.js";
import { ZeroObjects } from "../../zero-objects.js";
import { withChecksum, type Xxh64Pool } from "../checksum.js";
import { headerIn } from "../frames/frames.js";
import { zeroFrame } from "../zero-frame.js";
import type { Instantiate, ZstdInstance } from "./instance.js";
import { kernelFor, type ZstdEncoding } from "./kernel.js";
import { ZSTD_INPUT_LIMIT, ZSTD_INPUT_MAX } from "./memory.js";

export interface WasmZstdOptions {
  readonly level: number;
  /** Encodes in place of an instance, if it has the level. */
  readonly kernel?: ZstdEncoding | undefined;
  readonly hashes: Xxh64Pool;
  readonly instantiate: Instantiate;
  /** Frees the memory of this encoder's results at once, on hosts that can. */
  readonly free?: ((bytes: Uint8Array) => void) | undefined;
}

export class WasmZstd implements WholeEncoder {
  readonly kind = "whole";
  readonly maxInput: number = ZSTD_INPUT_MAX;
  /** Encoding happens on this thread: one object is encoded and stored while the next is gathered. */
  readonly concurrency = 2;
  readonly #level: number;
  readonly #kernel: ZstdEncoding | undefined;
  readonly #hashes: Xxh64Pool;
  readonly #instantiate: Instantiate;
  readonly #zeros = new ZeroObjects();
  readonly #free: WasmZstdOptions["free"];
  /** Results that are not cached, and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();
  #instance: Promise<ZstdInstance> | undefined;

  constructor({ level, kernel, hashes, instantiate, free }: WasmZstdOptions) {
    this.#free = free;
    this.#kernel = kernelFor(level, kernel);
    this.#level = level;
    this.#hashes = hashes;
    this.#instantiate = instantiate;
  }

  /** @throws Error for more than 16 MiB, or when two instances in a row have failed */
  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array<ArrayBuffer>> {
    if (plain.length > ZSTD_INPUT_LIMIT)
      throw new Error(`Cannot encode ${plain.length} bytes at once: want ${ZSTD_INPUT_LIMIT} at most`);
    return isZero ? this.#zeros.get(plain.length, () => this.#encode(plain)) : this.#encodeOwn(plain);
  }

  async zeros(length: number): Promise<readonly Uint8Array[]> {
    return zeroFrame(length);
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) this.#free?.(encoded);
  }

  /** Decodes a whole frame with content size to its plain bytes. @throws Error when it is damaged */
  async decompress(frame: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return (await this.#use((instance) => instance.decompress(frame))) as Uint8Array<ArrayBuffer>;
  }

  async #encodeOwn(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const encoded = await this.#encode(plain);
    this.#own.add(encoded);
    return encoded;
  }

  async #encode(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#kernel !== undefined) return await this.#kernel.encode(plain, this.#level);
    const hash = await this.#hashes.take();
    hash.update(plain);
    const frame = await this.#compress(plain).catch(() => this.#compress(plain));
    const result = withChecksum(frame, hash);
    // Otherwise a dozen MiB of dead frames pile up on each thread before garbage collection.
    this.#free?.(frame);
    this.#hashes.release(hash);
    return result;
  }

  #compress(plain: Uint8Array): Promise<Uint8Array> {
    return this.#use((instance) => {
      const frame = instance.compress(plain, this.#level);
      // An instance whose memory was overwritten by another returns bytes without this header.
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
