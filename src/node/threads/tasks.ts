/**
 * The tasks of Node's threads: those of every host, and encoding. Digests and MD5s are available from a thread's start;
 * codecs are loaded with their first task.
 */
import { readSync } from "node:fs";
import type { Decoder } from "../../codecs/codec.js";
import { loadKernels } from "../../kernels/kernels.js";
import { decodingTasks } from "../../threads/decoding-tasks.js";
import { deflatingTasks } from "../../threads/deflating-tasks.js";
import { laneTasks, md5Tasks } from "../../threads/md5-tasks.js";
import {
  type CommonTasks,
  commonTraits,
  type HandlersOf,
  type Task,
  type TraitsOf,
} from "../../threads/task-table.js";
import { digestEngineFor } from "../digests/choice.js";
import { nodeHashes } from "../digests/hashes.js";
import type { ThreadSettings } from "./settings.js";

type Encoding = Task<{ readonly plain: Uint8Array; readonly level: number }, Uint8Array<ArrayBuffer>>;

export interface NodeTasks extends CommonTasks {
  /** Reads a window, in shared memory, and answers like `digest`; `undefined` if it could not read all of it. */
  readonly "read-digest": Task<
    CommonTasks["digest"]["input"] & { readonly descriptor: number; readonly offset: number },
    number | undefined
  >;
  /** Encodes a piece as one bzip2 stream. */
  readonly "bz2-encode": Encoding;
  /** Encodes an object as one zstd frame. */
  readonly "zstd-encode": Encoding;
}

export const nodeTraits: TraitsOf<NodeTasks> = {
  ...commonTraits,
  "read-digest": { isLong: false },
  "bz2-encode": { isLong: true },
  "zstd-encode": { isLong: true },
};

export async function loadTasks({ digestEngine, decision }: ThreadSettings): Promise<HandlersOf<NodeTasks>> {
  const engine = digestEngineFor(await loadKernels({ memorySize: 0 }), digestEngine, decision);
  let encoders: Promise<typeof import("./encoders.js")> | undefined;
  const loadEncoders = (): Promise<typeof import("./encoders.js")> => {
    encoders ??= import("./encoders.js");
    return encoders;
  };
  return {
    digest: ({ window, blockSize, digests }) => engine.digestInto(window, blockSize, digests),
    "read-digest": ({ descriptor, offset, window, blockSize, digests }) =>
      readWhole(descriptor, window, offset) ? engine.digestInto(window, blockSize, digests) : undefined,
    ...md5Tasks(nodeHashes),
    ...laneTasks(),
    ...deflatingTasks(),
    ...decodingTasks(openDecoder),
    "bz2-encode": async ({ plain, level }) => await (await loadEncoders()).encodeBz2(plain, level),
    "zstd-encode": async ({ plain, level }) => await (await loadEncoders()).encodeZstd(plain, level),
  };
}

/** Whether `window` could be filled. The caller finds out why not, by another read of its own. */
function readWhole(descriptor: number, window: Uint8Array, offset: number): boolean {
  try {
    for (let done = 0; done < window.length; ) {
      const count = readSync(descriptor, window, done, window.length - done, offset + done);
      if (count === 0) return false;
      done += count;
    }
    return true;
  } catch {
    return false;
  }
}

async function openDecoder(
  codec: CommonTasks["decode-open"]["input"]["codec"],
  plainMax: number | undefined,
): Promise<Decoder> {
  const decoders = await import("./decoders.js");
  return decoders.openDecoder(codec, plainMax);
}
