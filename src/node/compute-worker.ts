/**
 * One compute thread: digests of windows and MD5s of streams in the memory of the runs that were opened, one request
 * after the other. Windows lie outside the kernels' memory here, which costs the WASM engine a copy of 5 %.
 */
import { createHash, type Hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { loadKernels } from "../kernels/kernels.js";
import type { Answer, Place, Request, WorkerSettings } from "./compute-messages.js";
import { digestEngineFor } from "./digest-choice.js";

const { digestEngine } = workerData as WorkerSettings;
const engine = digestEngineFor(await loadKernels({ memorySize: 0 }), digestEngine);
const port = parentPort!;
const ZEROS = new Uint8Array(256 * 1024);

interface OpenRun {
  readonly memory: SharedArrayBuffer;
  readonly md5s: Map<number, Hash>;
}

const runs = new Map<number, OpenRun>();

port.on("message", (request: Request) => {
  const task = "task" in request ? request.task : undefined;
  try {
    const value = perform(request);
    if (task !== undefined) port.postMessage({ task, value } satisfies Answer);
  } catch (error) {
    if (task === undefined) throw error;
    port.postMessage({ task, error: String(error) } satisfies Answer);
  }
});

function perform(request: Request): number | string | undefined {
  if (request.do === "open") {
    runs.set(request.run, { memory: request.memory, md5s: new Map() });
    return undefined;
  }
  if (request.do === "close") {
    runs.delete(request.run);
    return undefined;
  }
  const run = runs.get(request.run);
  if (run === undefined) throw new Error(`run ${request.run} is not open`);
  switch (request.do) {
    case "digest":
      return engine.digestInto(at(run, request.window), request.blockSize, at(run, request.digests));
    case "md5":
      md5Of(run, request.stream).update(at(run, request.bytes));
      return undefined;
    case "md5-zeros":
      updateZeros(md5Of(run, request.stream), request.length);
      return undefined;
    case "md5-end": {
      const hex = md5Of(run, request.stream).digest("hex");
      run.md5s.delete(request.stream);
      return hex;
    }
  }
}

function at({ memory }: OpenRun, place: Place): Uint8Array {
  return new Uint8Array(memory, place.at, place.length);
}

function md5Of({ md5s }: OpenRun, stream: number): Hash {
  let hash = md5s.get(stream);
  if (hash === undefined) {
    hash = createHash("md5");
    md5s.set(stream, hash);
  }
  return hash;
}

function updateZeros(hash: Hash, length: number): void {
  for (let left = length; left > 0; left -= ZEROS.length) hash.update(ZEROS.subarray(0, left));
}
