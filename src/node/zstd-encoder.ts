/**
 * Encodes an object of known length as one zstd frame, piece by piece, on Node's threads.
 *
 * Every piece is flushed, so that what has come out says what the pieces so far have become; pieces are whole numbers
 * of zstd's blocks, so the flushes cost nothing. While nothing but zeros has come, they are only counted.
 */
import type { Encoder } from "../codecs/codec.js";
import type { ZeroObjects } from "../codecs/zero-objects.js";
import type { NativeZstd, ZstdStream } from "./zstd-native.js";

/** At the default of 16 KiB a piece would come back to this thread dozens of times. */
const OUTPUT_STEP = 256 * 1024;
const ZEROS = new Uint8Array(1024 * 1024);

export interface FrameOptions {
  readonly native: NativeZstd;
  readonly level: number;
  /** Plain bytes of the object. */
  readonly length: number;
  readonly zeros: ZeroObjects;
}

export class FrameEncoder implements Encoder {
  readonly #options: FrameOptions;
  #stream: FrameStream | undefined;
  /** Zeros that the stream has not been given. */
  #zeroLength = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    const encoded = this.#turn.then(() => this.#encode(piece, isZero));
    this.#turn = encoded.catch(() => {});
    return encoded;
  }

  async finish(): Promise<Uint8Array> {
    if (this.#stream === undefined && this.#zeroLength > 0) {
      const length = this.#zeroLength;
      return await this.#options.zeros.get(length, async () =>
        Buffer.concat([await this.#open(), await this.#end()]),
      );
    }
    return Buffer.concat([await this.#open(), await this.#end()]);
  }

  abandon(): void {
    this.#stream?.destroy();
  }

  async #encode(piece: Uint8Array, isZero: boolean): Promise<Uint8Array> {
    if (isZero && this.#stream === undefined) {
      this.#zeroLength += piece.length;
      return new Uint8Array(0);
    }
    const zeros = await this.#open();
    const encoded = await this.#stream!.flushed(piece);
    return zeros.length === 0 ? encoded : Buffer.concat([zeros, encoded]);
  }

  /** Starts the frame, with the zeros that it begins with. */
  async #open(): Promise<Uint8Array> {
    if (this.#stream !== undefined) return new Uint8Array(0);
    this.#stream = new FrameStream(this.#options);
    const parts: Uint8Array[] = [];
    for (let left = this.#zeroLength; left > 0; left -= ZEROS.length) {
      parts.push(await this.#stream.flushed(ZEROS.subarray(0, left)));
    }
    return Buffer.concat(parts);
  }

  async #end(): Promise<Uint8Array> {
    return await this.#stream!.ended();
  }
}

/** The stream of one frame. */
class FrameStream {
  readonly #stream: ZstdStream;
  readonly #flush: number;
  readonly #failed: Promise<never>;
  #output: Uint8Array[] = [];

  constructor({ native, level, length }: FrameOptions) {
    const { ZSTD_c_compressionLevel, ZSTD_c_checksumFlag, ZSTD_e_flush } = native.constants;
    const params = { [ZSTD_c_compressionLevel]: level, [ZSTD_c_checksumFlag]: 1 };
    this.#stream = native.createZstdCompress({ chunkSize: OUTPUT_STEP, params, pledgedSrcSize: length });
    this.#flush = ZSTD_e_flush;
    this.#failed = new Promise((_, reject) => this.#stream.once("error", reject));
    this.#failed.catch(() => {});
    this.#stream.on("readable", () => this.#collect());
  }

  /** What has come out when all of `piece` has gone in. */
  async flushed(piece: Uint8Array): Promise<Uint8Array> {
    this.#stream.write(piece);
    await this.#settled((done) => this.#stream.flush(this.#flush, done));
    return this.#take();
  }

  async ended(): Promise<Uint8Array> {
    await this.#settled((done) => this.#stream.once("end", done).end());
    this.#stream.destroy();
    return this.#take();
  }

  destroy(): void {
    this.#stream.destroy();
  }

  #settled(start: (done: () => void) => void): Promise<void> {
    return Promise.race([new Promise<void>(start), this.#failed]);
  }

  #collect(): void {
    for (let bytes = this.#stream.read(); bytes !== null; bytes = this.#stream.read())
      this.#output.push(bytes);
  }

  #take(): Uint8Array {
    this.#collect();
    return Buffer.concat(this.#output.splice(0));
  }
}
