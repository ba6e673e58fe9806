/** zstd on the threads of the pool, for a Node without zstd: in both directions, an object a thread. */
import type { Codec, WholeEncoder } from "../../codecs/codec.js";
import { GatheringEncoder } from "../../codecs/gathering-encoder.js";
import { levelOf } from "../../codecs/levels.js";
import { ZeroObjects } from "../../codecs/zero-objects.js";
import { wholeFrameMemory } from "../../codecs/zstd/frames/whole-reader.js";
import { wasmDecoderMemory, ZSTD_INPUT_MAX } from "../../codecs/zstd/wasm.js";
import { MD5_LANES } from "../../kernels/lane-count.js";
import type { Workers } from "../../ports.js";
import { freeBuffer } from "./free.js";
import type { GatherSizes } from "./gather-sizes.js";
import { pooledDecoder } from "./pooled-decoder.js";

/** Each core's object takes some 20 MiB with what becomes of it. */
const CORES_MAX = 8;

/** @param portable the codec as it is on one thread */
export function pooledZstdCodec(
  portable: Codec,
  workers: Workers,
  options: { readonly level?: number | undefined },
): Codec {
  const whole = new PooledZstd(workers, levelOf("zstd", options.level), () => ({ maxInput: ZSTD_INPUT_MAX }));
  const { memory } = portable;
  return {
    ...portable,
    memory: {
      ...memory,
      shared: workers.count * memory.shared,
      decodersShared: (plainMax) => workers.count * wasmDecoderMemory(plainMax),
      decoder: (inputMax, plainMax) => memory.decoder(inputMax, plainMax) + wholeFrameMemory(plainMax),
      decoderFor: (head, inputMax, plainMax) =>
        memory.decoderFor!(head, inputMax, plainMax) + wholeFrameMemory(plainMax),
    },
    whole: () => whole,
    encoder: () => new GatheringEncoder(whole),
    windowDecoder: (plainMax) => pooledDecoder(workers, { codec: "zstd", plainMax }),
  };
}

/** Objects on the threads, one on each. */
export class PooledZstd implements WholeEncoder {
  readonly maxInput: number;
  readonly maxRemoteInput: number | undefined;
  /** One on each core, and three whose MD5s wait for a fourth's. */
  readonly lanes: number;
  readonly #workers: Workers;
  readonly #level: number;
  readonly #zeros = new ZeroObjects();
  /** What nobody else has and so can be freed. */
  readonly #own = new WeakSet<Uint8Array>();

  /** @param sizesOf by the number of lanes */
  constructor(workers: Workers, level: number, sizesOf: (lanes: number) => GatherSizes) {
    this.#workers = workers;
    this.#level = level;
    this.lanes = Math.min(workers.count, CORES_MAX) + MD5_LANES - 1;
    const { maxInput, maxRemoteInput } = sizesOf(this.lanes);
    this.maxInput = maxInput;
    this.maxRemoteInput = maxRemoteInput;
  }

  encode(plain: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    return isZero ? this.#zeros.get(plain.length, () => this.#encode(plain)) : this.#encodeOwn(plain);
  }

  release(encoded: Uint8Array): void {
    if (this.#own.delete(encoded)) freeBuffer(encoded);
  }

  async #encodeOwn(plain: Uint8Array): Promise<Uint8Array> {
    const encoded = await this.#encode(plain);
    this.#own.add(encoded);
    return encoded;
  }

  async #encode(plain: Uint8Array): Promise<Uint8Array> {
    return (await this.#workers.run("zstd-compress", { plain, level: this.#level })) as Uint8Array;
  }
}
