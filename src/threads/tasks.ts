/** The tasks of a Web Worker, by name. Each is called with its input and answers, at once or later. */
import type { CodecId, Decoder } from "../codecs/codec.js";
import { loadKernels } from "../kernels/kernels.js";
import { wasmEngine } from "../kernels/wasm-engine.js";
import { wholeMd5s } from "../kernels/whole-md5s.js";
import { portableRuntime } from "../pipeline/run/portable-runtime.js";
import type { Runtime } from "../pipeline/run/runtime.js";
import type { Hashes, RunningHash, TaskInput, TaskOutput } from "../ports.js";

/** Names of its input as `TaskInput` has them; whoever asks knows which. */
export type Task = (input: TaskInput) => TaskOutput | Promise<TaskOutput>;

export async function loadTasks(): Promise<ReadonlyMap<string, Task>> {
  const { hashes, codecs } = await portableRuntime();
  const engine = wasmEngine(await loadKernels({ memorySize: 0 }));
  const digest: Task = ({ window, blockSize, digests }) =>
    engine.digestInto(window as Uint8Array, blockSize as number, digests as Uint8Array);
  return new Map(Object.entries({ digest, ...md5Tasks(hashes), ...decodingTasks(codecs) }));
}

const ZEROS = new Uint8Array(64 * 1024);

function md5Tasks(hashes: Hashes): Record<string, Task> {
  const running = new Map<unknown, RunningHash>();
  const hashOf = (stream: unknown): RunningHash => {
    const hash = running.get(stream) ?? hashes.md5();
    running.set(stream, hash);
    return hash;
  };
  return {
    md5s: async (contents) => (await wholeMd5s(Object.values(contents) as Uint8Array[], hashes)).join(""),
    md5({ stream, bytes }) {
      hashOf(stream).update(bytes as Uint8Array);
      return undefined;
    },
    "md5-zeros"({ stream, length }) {
      const hash = hashOf(stream);
      for (let left = length as number; left > 0; left -= ZEROS.length) hash.update(ZEROS.subarray(0, left));
      return undefined;
    },
    "md5-end"({ stream }) {
      const hex = hashOf(stream).hex();
      running.delete(stream);
      return hex;
    },
    "md5-drop"({ stream }) {
      running.delete(stream);
      return undefined;
    },
  };
}

/** One stream for each object, into windows of whoever asked. */
function decodingTasks(codecs: Runtime["codecs"]): Record<string, Task> {
  const decoders = new Map<unknown, Decoder>();
  const find = (stream: unknown): Decoder => {
    const decoder = decoders.get(stream);
    if (decoder === undefined) throw new Error("the decoder was closed");
    return decoder;
  };
  return {
    decode({ stream, codec, plainMax }) {
      decoders.set(stream, codecs.get(codec as CodecId)!.decoder(plainMax as number | undefined));
      return undefined;
    },
    async "decode-write"({ stream, bytes, isLast }) {
      await find(stream).write(bytes as Uint8Array, isLast as boolean);
      return undefined;
    },
    "decode-fill": async ({ stream, window }) => await find(stream).fill(window as Uint8Array),
    "decode-close"({ stream }) {
      decoders.get(stream)?.close();
      decoders.delete(stream);
      return undefined;
    },
  };
}
