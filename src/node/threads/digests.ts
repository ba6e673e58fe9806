/**
 * Digests of windows and MD5s of streams, on a thread. Windows lie outside of the kernels' memory here, which costs the
 * WASM engine a copy of 5 %.
 */
import { createHash, type Hash } from "node:crypto";
import { loadKernels } from "../../kernels/kernels.js";
import { MD5_LANES } from "../../kernels/lane-count.js";
import { LaneMessage, Md5Lanes } from "../../kernels/md5-lanes.js";
import { wholeMd5s } from "../../kernels/whole-md5s.js";
import { digestEngineFor } from "../digests/choice.js";
import { nodeHashes } from "../digests/hashes.js";
import type { WorkerSettings } from "./messages.js";
import type { Task } from "./tasks.js";

const ZEROS = new Uint8Array(256 * 1024);

/** MD5s of several streams at once; each task has the next bytes of up to four of them. */
export function laneTasks(): Record<string, Task> {
  const messages = new Map<unknown, LaneMessage>();
  const messageOf = (stream: unknown): LaneMessage => {
    const message = messages.get(stream) ?? new LaneMessage();
    messages.set(stream, message);
    return message;
  };
  let loaded: Promise<Md5Lanes> | undefined;
  const load = (): Promise<Md5Lanes> => {
    loaded ??= Md5Lanes.load();
    return loaded;
  };
  return {
    async "md5-lanes"(input) {
      const lanes = await load();
      const numbers = [...Array(MD5_LANES).keys()].filter((lane) => input[`stream${lane}`] !== undefined);
      lanes.update(
        numbers.map((lane) => ({
          message: messageOf(input[`stream${lane}`]),
          bytes: input[`bytes${lane}`] as Uint8Array,
        })),
      );
      return undefined;
    },
    async "md5-lanes-end"({ stream }) {
      const hex = (await load()).hex(messageOf(stream));
      messages.delete(stream);
      return hex;
    },
    "md5-lanes-drop"({ stream }) {
      messages.delete(stream);
      return undefined;
    },
  };
}

export async function digestTasks(settings: WorkerSettings): Promise<Record<string, Task>> {
  const { digestEngine, decision } = settings;
  const engine = digestEngineFor(await loadKernels({ memorySize: 0 }), digestEngine, decision);
  const md5s = new Map<unknown, Hash>();
  const md5Of = (stream: unknown): Hash => {
    const hash = md5s.get(stream) ?? createHash("md5");
    md5s.set(stream, hash);
    return hash;
  };
  return {
    digest: ({ window, blockSize, digests }) =>
      engine.digestInto(window as Uint8Array, blockSize as number, digests as Uint8Array),
    md5s: async (contents) => (await wholeMd5s(Object.values(contents) as Uint8Array[], nodeHashes)).join(""),
    md5({ stream, bytes }) {
      md5Of(stream).update(bytes as Uint8Array);
      return undefined;
    },
    "md5-zeros"({ stream, length }) {
      const hash = md5Of(stream);
      for (let left = length as number; left > 0; left -= ZEROS.length) hash.update(ZEROS.subarray(0, left));
      return undefined;
    },
    "md5-end"({ stream }) {
      const hex = md5Of(stream).digest("hex");
      md5s.delete(stream);
      return hex;
    },
    "md5-drop"({ stream }) {
      md5s.delete(stream);
      return undefined;
    },
  };
}
