/** The runtimes of one service: one pool of threads, and codecs for each choice of levels. */
import type { CodecLevels } from "../codecs/levels.js";
import type { DigestEngineChoice } from "../kernels/engine.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import type { nodeRuntime } from "./runtime.js";

interface RuntimeOptions {
  readonly digestEngine?: DigestEngineChoice | undefined;
}

/** Loaded when first needed: only operations on a volume's bytes need codecs and threads. */
export class Runtimes {
  readonly #options: RuntimeOptions;
  readonly #usual: CodecLevels;
  #first: ReturnType<typeof nodeRuntime> | undefined;
  readonly #others = new Map<string, Promise<Runtime>>();

  constructor(options: RuntimeOptions, { levels = {} }: { readonly levels?: CodecLevels | undefined }) {
    this.#options = options;
    this.#usual = levels;
  }

  async at(levels: CodecLevels = this.#usual): Promise<Runtime> {
    this.#first ??= this.#load();
    const key = keyOf(levels);
    if (key === keyOf(this.#usual)) return await this.#first;
    let runtime = this.#others.get(key);
    if (runtime === undefined) {
      runtime = this.#first.then((first) => first.atLevels(levels));
      this.#others.set(key, runtime);
    }
    return await runtime;
  }

  async close(): Promise<void> {
    await (await this.#first)?.close?.();
  }

  async #load(): ReturnType<typeof nodeRuntime> {
    const { nodeRuntime } = await import("./runtime.js");
    return await nodeRuntime(this.#options.digestEngine, this.#usual);
  }
}

function keyOf({ zlib, bz2, zstd }: CodecLevels): string {
  return `${zlib} ${bz2} ${zstd}`;
}
