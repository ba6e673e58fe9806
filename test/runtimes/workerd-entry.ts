/**
 * The suite in an edge worker: the request comes in, the report goes out. Nothing may be compiled there, so every
 * kernel comes from a file of the deployment.
 */
import bzip2 from "ashlar/kernels/bzip2.wasm";
import deflate from "ashlar/kernels/deflate.wasm";
import hashes from "ashlar/kernels/hashes.wasm";
import scalar from "ashlar/kernels/scalar.wasm";
import simd from "ashlar/kernels/simd.wasm";
import zstd from "ashlar/kernels/zstd.wasm";
import { provideKernels } from "../../src/kernels/provided.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { workerRuntime } from "../../src/threads/worker-runtime.js";
import type { SuiteRequest } from "../portable/run.js";
import { answerOf } from "./protocol.js";

provideKernels({ simd, scalar, bzip2, deflate, hashes, zstd });

let loaded: Promise<Runtime> | undefined;

function createRuntime(): Promise<Runtime> {
  // There are no workers within a worker: everything happens on its one thread.
  loaded ??= workerRuntime();
  return loaded;
}

async function answer(incoming: Request): Promise<Response> {
  const request = (await incoming.json()) as SuiteRequest;
  return Response.json(await answerOf(request, createRuntime));
}

// biome-ignore lint/style/noDefaultExport: that is where workerd looks for the handler
export default { fetch: answer };
