/** DEFLATE with the kernel of `assembly/deflate`. The binary is loaded on first use. */
import { countOf } from "../units.js";
import { decodeBase64 } from "./base64.js";
import { DICTIONARY_SIZE, PAGE_COUNT } from "./deflate-size.js";
import { providedModule } from "./provided.js";

/** The exports of `assembly/deflate/index.ts`. */
export interface DeflateExports extends WebAssembly.Exports {
  initialise(): void;
  dataEnd(): number;
  memorySize(): number;
  windowSize(): number;
  pieceMax(): number;
  input(): number;
  output(): number;
  deflate(dictionaryLength: number, length: number, level: number): number;
}

const NOTHING = new Uint8Array(0);

let compiled: Promise<WebAssembly.Module> | undefined;

/** The compiled module; all instances share it. @throws WebAssembly.CompileError on a runtime without SIMD */
export async function compileDeflate(): Promise<WebAssembly.Module> {
  const provided = providedModule("deflate");
  if (provided !== undefined) return provided;
  compiled ??= import("./deflate-binary.gen.js").then(({ DEFLATE_BINARY }) =>
    WebAssembly.compile(decodeBase64(DEFLATE_BINARY)),
  );
  return compiled;
}

/** Deflates with one instance, one piece at a time. */
export class Deflater {
  readonly #exports: DeflateExports;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  static async load(): Promise<Deflater> {
    return new Deflater(await compileDeflate());
  }

  /** @param module from `compileDeflate`, which may have been called on another thread */
  constructor(module: WebAssembly.Module) {
    const memory = new WebAssembly.Memory({ initial: PAGE_COUNT, maximum: PAGE_COUNT });
    this.#exports = new WebAssembly.Instance(module, { env: { memory } }).exports as DeflateExports;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#exports.initialise();
  }

  /**
   * Deflates `piece` to blocks that end at a flush point, so that the results of successive pieces concatenate to one
   * raw stream (RFC 1951) without its last block. The result depends on nothing but the arguments.
   * @param level 1 to 9: fast to small
   * @param dictionary what precedes the piece in the stream, of which the last 32 KiB are used
   */
  deflate(piece: Uint8Array, level: number, dictionary: Uint8Array = NOTHING): Uint8Array<ArrayBuffer> {
    const step = this.#exports.pieceMax();
    if (piece.length <= step) return this.#deflateStep(piece, level, dictionary).slice();
    const parts = Array.from({ length: countOf(piece.length, step) }, (_, index) => {
      const before = index === 0 ? dictionary : piece.subarray(0, index * step);
      return this.#deflateStep(piece.subarray(index * step, (index + 1) * step), level, before).slice();
    });
    const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(part, at);
      at += part.length;
    }
    return joined;
  }

  /** Returns a view of the instance's output. */
  #deflateStep(piece: Uint8Array, level: number, before: Uint8Array): Uint8Array<ArrayBuffer> {
    const { input, output, deflate } = this.#exports;
    const dictionary = before.subarray(-DICTIONARY_SIZE);
    this.#bytes.set(dictionary, input());
    this.#bytes.set(piece, input() + dictionary.length);
    const length = deflate(dictionary.length, piece.length, level);
    return this.#bytes.subarray(output(), output() + length);
  }
}
