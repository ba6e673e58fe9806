/** The tasks of a Web Worker. */
import { loadKernels } from "../kernels/kernels.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import { portableRuntime } from "../pipeline/run/portable-runtime.js";
import { decodingTasks } from "./decoding-tasks.js";
import { deflatingTasks } from "./deflating-tasks.js";
import { laneTasks, md5Tasks } from "./md5-tasks.js";
import type { CommonTasks, HandlersOf } from "./task-table.js";

export async function loadTasks(): Promise<HandlersOf<CommonTasks>> {
  const { hashes, codecs } = await portableRuntime();
  const engine = wasmEngine(await loadKernels({ memorySize: 0 }));
  return {
    digest: ({ window, blockSize, digests }) => engine.digestInto(window, blockSize, digests),
    ...md5Tasks(hashes),
    ...laneTasks(),
    ...deflatingTasks(),
    ...decodingTasks((codec, plainMax) => codecs.get(codec)!.decoder(plainMax)),
  };
}
