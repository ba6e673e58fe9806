import type { DigestEngine, DigestEngineChoice } from "../../kernels/engine.js";
import type { Kernels } from "../../kernels/kernels.js";
import { type EngineDecision, TrialEngine } from "../../kernels/trial-engine.js";
import { wasmEngine } from "../../kernels/wasm-engine.js";
import { nodeClock } from "../clock.js";
import { nativeDigest } from "./native.js";

/** A decision shared by the threads of one pool: the first thread to finish its trial decides for all. */
export function undecided(): EngineDecision {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
}

export function digestEngineFor(
  kernels: Kernels,
  choice: DigestEngineChoice,
  decision?: EngineDecision,
): DigestEngine {
  const wasm = wasmEngine(kernels);
  const native = nativeDigest(kernels);
  if (choice === "wasm") return wasm;
  if (choice === "native") return native;
  return new TrialEngine([wasm, native], { clock: nodeClock, decision });
}
