import { type Codec, type CodecId, type Codecs, once } from "../codecs/codec.js";
import { UsageError } from "../errors.js";
import { chooseEngine } from "../kernels/choose-engine.js";
import type { DigestEngine } from "../kernels/engine.js";
import type { Kernels } from "../kernels/kernels.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import type { Runtime } from "../pipeline/runtime.js";
import { nodeClock } from "./clock.js";
import { nodeHashes } from "./hashes.js";
import { nativeDigest } from "./native-digest.js";
import { nodeZlibCodec } from "./zlib.js";

/** `auto` tries both for a moment and takes the faster. */
export type DigestEngineChoice = "auto" | "wasm" | "native";

const CHOICES: readonly DigestEngineChoice[] = ["auto", "wasm", "native"];

/** @throws UsageError for anything but one of the three */
export function parseDigestEngine(value: string): DigestEngineChoice {
  const choice = CHOICES.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new UsageError(`Cannot use digest engine "${value}": want one of ${CHOICES.join(", ")}`);
  return choice;
}

/** Loaded at the first use, so that a run without a codec never pays for it. */
export function nodeCodecs(): Codecs {
  return new Map<CodecId, () => Promise<Codec>>([
    ["zlib", once(() => nodeZlibCodec())],
    ["zstd", once(async () => (await import("./zstd.js")).nodeZstdCodec())],
  ]);
}

/** What Node can do: its own hashes, codecs on its threads, and the faster of two digest engines. */
export async function nodeRuntime(choice: DigestEngineChoice = "auto"): Promise<Runtime> {
  let winner: DigestEngine["name"] | undefined;
  return {
    hashes: nodeHashes,
    codecs: nodeCodecs(),
    async engine(kernels: Kernels): Promise<DigestEngine> {
      const candidates = [wasmEngine(kernels), nativeDigest(kernels)];
      const [wasm, native] = candidates as [DigestEngine, DigestEngine];
      if (choice === "wasm") return wasm;
      if (choice === "native") return native;
      winner ??= chooseEngine(candidates, nodeClock).name;
      return winner === "native" ? native : wasm;
    },
  };
}
