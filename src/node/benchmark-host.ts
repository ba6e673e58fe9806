/** A benchmark on this machine: opens its volume, store and threads, and removes its scratch files. */
import { mkdir } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, totalmem } from "node:os";
import { join } from "node:path";
import { NAME_PREFIX, type RestoreTarget, runBenchmark } from "../benchmark/run.js";
import { type VolumeShape, writeSyntheticVolume } from "../benchmark/synthetic-volume.js";
import type { BenchmarkRow } from "../benchmark/trial.js";
import type { BenchmarkHost, BenchmarkRequest } from "../cli/host.js";
import { openFileTarget } from "../sources/file.js";
import { openSource } from "../sources/open.js";
import type { VolumeSource } from "../sources/volume.js";
import { nodeClock } from "./clock.js";
import { nodeFileSystem } from "./files/file-system.js";
import { replaceFile } from "./files/replace-file.js";
import { nodeConnect } from "./net/connection.js";
import { openRepositories } from "./repositories.js";
import { nodeRuntime } from "./runtime.js";

export const nodeBenchmarkHost: BenchmarkHost = { machine: thisMachine, run: benchmark, replaceFile };

async function benchmark(request: BenchmarkRequest): Promise<BenchmarkRow[]> {
  const { repository, digestEngine, scratch, ...options } = request;
  await mkdir(scratch, { recursive: true });
  const repositories = await openRepositories(options.repositories);
  const runtime = await nodeRuntime(digestEngine);
  const volume = await openVolume(request);
  try {
    return await runBenchmark({
      ...options,
      volume: volume.source,
      sink: await repositories.open(repository),
      runtimeAt: (levels) => runtime.atLevels(levels),
      createTarget: (size) => createTarget(scratch, size),
      clock: nodeClock,
      processorSeconds: () => {
        const { user, system } = process.cpuUsage();
        return (user + system) / 1e6;
      },
    });
  } finally {
    await volume.close();
    await repositories.close();
    await runtime.close?.();
  }
}

function thisMachine(): ReturnType<BenchmarkHost["machine"]> {
  return {
    runtime: `Node ${process.version}`,
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    cores: availableParallelism(),
    memory: totalmem(),
    load: loadavg()[0]!,
  };
}

interface OpenVolume {
  readonly source: VolumeSource;
  /** Removes a synthetic volume. */
  close(): Promise<void>;
}

async function openVolume({ volume, scratch, signal }: BenchmarkRequest): Promise<OpenVolume> {
  if (typeof volume !== "string") return await createVolume(volume, scratch, signal);
  const source = await openSource({ fileSystem: nodeFileSystem, connect: nodeConnect }, volume);
  return { source, close: () => source.close() };
}

async function createVolume(shape: VolumeShape, scratch: string, signal: AbortSignal): Promise<OpenVolume> {
  const path = scratchPath(scratch);
  const target = await openFileTarget(nodeFileSystem, path, { size: shape.size, create: true });
  let source: VolumeSource | undefined;
  const close = async (): Promise<void> => {
    await source?.close();
    await nodeFileSystem.remove(path);
  };
  try {
    await writeSyntheticVolume(target, shape, signal);
    source = await openSource({ fileSystem: nodeFileSystem, connect: nodeConnect }, path);
  } catch (error) {
    await close();
    throw error;
  } finally {
    await target.close();
  }
  return { source, close };
}

async function createTarget(scratch: string, size: number): Promise<RestoreTarget> {
  const path = scratchPath(scratch);
  const target = await openFileTarget(nodeFileSystem, path, { size, create: true });
  return {
    target,
    async remove() {
      await target.close();
      await nodeFileSystem.remove(path);
    },
  };
}

function scratchPath(scratch: string): string {
  return join(scratch, `${NAME_PREFIX}${crypto.randomUUID()}.raw`);
}
