/** zstd frames with the kernel of `assembly/zstd`. The binary is loaded on first use. */
import { countOf } from "../units.js";
import { decodeBase64 } from "./base64.js";
import { providedModule } from "./provided.js";
import { PAGE_SIZE } from "./zstd-size.js";

/** The exports of `assembly/zstd/index.ts`. */
export interface ZstdExports extends WebAssembly.Exports {
  initialise(): void;
  dataEnd(): number;
  inputMax(): number;
  memorySize(length: number): number;
  input(): number;
  output(length: number): number;
  encode(length: number, level: number): number;
}

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module; all instances share it. @throws WebAssembly.CompileError on a runtime without SIMD */
export async function compileZstd(): Promise<WebAssembly.Module> {
  const provided = providedModule("zstd");
  if (provided !== undefined) return provided;
  compiled ??= import("./zstd-binary.gen.js").then(({ ZSTD_BINARY }) =>
    WebAssembly.compile(decodeBase64(ZSTD_BINARY)),
  );
  return compiled;
}

/** Encodes frames with one instance, one at a time. */
export class ZstdFrames {
  readonly #memory: WebAssembly.Memory;
  readonly #exports: ZstdExports;

  static async load(): Promise<ZstdFrames> {
    return new ZstdFrames(await compileZstd());
  }

  constructor(module: WebAssembly.Module) {
    this.#memory = new WebAssembly.Memory({ initial: 1 });
    this.#exports = new WebAssembly.Instance(module, { env: { memory: this.#memory } })
      .exports as ZstdExports;
    this.#grow(0);
    this.#exports.initialise();
  }

  /**
   * Encodes `plain` as one frame with its content size and a checksum. The result depends on nothing but the arguments.
   * @param level 1 to 3: fast to small
   * @throws RangeError for more than 16 MiB, or if the memory cannot grow
   */
  encode(plain: Uint8Array, level: number): Uint8Array<ArrayBuffer> {
    const { inputMax, input, output, encode } = this.#exports;
    if (plain.length > inputMax())
      throw new RangeError(`Cannot encode ${plain.length} bytes at once: want ${inputMax()} at most`);
    this.#grow(plain.length);
    new Uint8Array(this.#memory.buffer).set(plain, input());
    const size = encode(plain.length, level);
    return new Uint8Array(this.#memory.buffer).slice(output(plain.length), output(plain.length) + size);
  }

  /** Makes room for a frame of `length` plain bytes. */
  #grow(length: number): void {
    const missing = this.#exports.memorySize(length) - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(countOf(missing, PAGE_SIZE));
  }
}
