/** Serves the images of one repository from this process, until the signal. */
import { openRepository } from "../../chain/repository.js";
import type { ServeImagesOptions } from "../../cli/host.js";
import { UsageError } from "../../errors.js";
import { imageHandler } from "../../image/image-handler.js";
import { ImageMemory } from "../../image/image-memory.js";
import { MIB } from "../../units.js";
import { openRepositories } from "../repositories.js";
import { nodeRuntime } from "../runtime.js";
import { isLoopback, startImageServer } from "./image-server.js";

/** Enough for one object with the largest accepted zstd window, and other objects at the same time. */
const DECODERS_SIZE: number = 192 * MIB;

/**
 * Resolves when the signal was aborted and everything is closed.
 * @throws UsageError for an address that other machines can reach, without a token
 */
export async function serveImages(url: string, options: ServeImagesOptions): Promise<void> {
  const { host, port, token, cacheSize, signal, onListening, onError } = options;
  const isLocal = isLoopback(host);
  if (!isLocal && token === undefined) {
    const advice = "give a token, or listen on 127.0.0.1";
    throw new UsageError(`Cannot serve images on ${host} to everyone who reaches it: ${advice}`);
  }
  const repositories = await openRepositories(options.repositories);
  const runtime = await nodeRuntime(options.digestEngine);
  try {
    const memory = await ImageMemory.create({ runtime, cacheSize, decodersSize: DECODERS_SIZE });
    const repository = await openRepository(await repositories.open(url), { hashes: runtime.hashes });
    const handler = imageHandler(repository, { memory, token, onError });
    const isLocalOnly = isLocal && token === undefined;
    const server = await startImageServer(handler, { host, port, isLocalOnly });
    try {
      await onListening(server.url, memory.plan);
      await untilAborted(signal);
    } finally {
      await server.close();
      await memory.close();
    }
  } finally {
    await repositories.close();
    await runtime.close?.();
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
