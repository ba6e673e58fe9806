import { chooseEngine } from "../kernels/choose-engine.js";
import type { DigestEngine } from "../kernels/engine.js";
import type { Kernels } from "../kernels/kernels.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import { nodeClock } from "./clock.js";
import { nativeDigest } from "./native-digest.js";

/** `auto` tries both for a moment and takes the faster. */
export type DigestEngineChoice = "auto" | "wasm" | "native";

/** Which one was the faster on this thread: tried once. */
let winner: DigestEngine["name"] | undefined;

export function digestEngineFor(kernels: Kernels, choice: DigestEngineChoice): DigestEngine {
  const wasm = wasmEngine(kernels);
  const native = nativeDigest(kernels);
  if (choice === "wasm") return wasm;
  if (choice === "native") return native;
  winner ??= chooseEngine([wasm, native], nodeClock).name;
  return winner === "native" ? native : wasm;
}
