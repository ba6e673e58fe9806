import type { WholeEncoder } from "../../../codecs/codec.js";
import { ZeroObjects } from "../../../codecs/zero-objects.js";
import { ZSTD_INPUT_MAX } from "../../../codecs/zstd/wasm/memory.js";
import { zeroFrame } from "../../../codecs/zstd/zero-frame.js";
import { MD5_LANES } from "../../../kernels/lane-count.js";
import type { NodePool } from "../../threads/pool.js";
import { freeBuffer } from "../free.js";
import { nativeZstd } from "./native.js";
import { nativeObjectSizes } from "./object-sizes.js";

/** Each core's object takes some 20 MiB including its encoding. */
const CORES_MAX = 8;

/** Encodes objects on the threads of a pool, one on each. */
export class PooledZstdEncoder implements WholeEncoder {
  readonly kind = "whole";
  readonly maxInput: number;
  readonly maxRemoteInput: number | undefined;
  /** One object on each core, and three whose MD5s wait for a fourth's. */
  readonly concurrency: number;
  readonly #pool: NodePool;
  readonly #level: number;
  readonly #zeros = new ZeroObjects();
  /** Results that are not cached, and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();

  constructor(pool: NodePool, level: number) {
    this.#pool = pool;
    this.#level = level;
    this.concurrency = Math.min(pool.count, CORES_MAX) + MD5_LANES - 1;
    const sizes =
      nativeZstd === undefined
        ? { maxInput: ZSTD_INPUT_MAX, maxRemoteInput: undefined }
        : nativeObjectSizes(this.concurrency);
    this.maxInput = sizes.maxInput;
    this.maxRemoteInput = sizes.maxRemoteInput;
  }

  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array<ArrayBuffer>> {
    return isZero ? this.#zeros.get(plain.length, () => this.#encode(plain)) : this.#encodeOwn(plain);
  }

  async zeros(length: number): Promise<readonly Uint8Array[]> {
    return zeroFrame(length);
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) freeBuffer(encoded);
  }

  async #encodeOwn(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    const encoded = await this.#encode(plain);
    this.#own.add(encoded);
    return encoded;
  }

  #encode(plain: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    return this.#pool.run("zstd-encode", { plain, level: this.#level });
  }
}
