/**
 * One backup and one restore in a process of their own, which prints the most memory that it ever had:
 * `node memory-child.js DIRECTORY SIZE FILL`, where DIRECTORY is empty and FILL is what the volume holds.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openChain } from "../../src/chain/chain.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { runBackup } from "../../src/pipeline/backup.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import { openFileSource } from "../../src/sources/file.js";
import type { VolumeTarget } from "../../src/sources/volume.js";
import { KIB, MIB } from "../../src/units.js";
import { noise, prose } from "../pipeline/volume-bytes.js";

export type Fill = "sparse" | "noise" | "prose";

export interface MemoryFigures {
  /** Bytes. */
  readonly idle: number;
  readonly backup: number;
  readonly restore: number;
  readonly backupSeconds: number;
  readonly restoreSeconds: number;
  readonly planned: { readonly backup: number; readonly restore: number };
  readonly compressions: readonly string[];
  readonly storedSize: number;
  /** Bytes written to the target, all of which were equal to the volume's. */
  readonly writtenSize: number;
}

const CHUNK_SIZE = 1_999_994_880;
const BLOCK_SIZE: number = 32 * KIB;
const PIECE_SIZE: number = 4 * MIB;
const IDENTITY = {
  backupId: "b-1",
  volumeId: "v-1",
  backupName: null,
  backupDescription: null,
  createdAt: "2026-01-02 03:04:05+00:00",
};

/** The process's peak so far; Linux counts it in KiB. */
const peak = (): number => process.resourceUsage().maxRSS * KIB;

/** Bytes that repeat, but not within reach of a codec where they are noise. */
function pieceOf(fill: Fill): Uint8Array {
  return fill === "prose" ? prose(PIECE_SIZE) : noise(PIECE_SIZE);
}

async function makeVolume(path: string, size: number, fill: Fill): Promise<void> {
  const file = await open(path, "w");
  await file.truncate(size);
  if (fill === "sparse") await file.write(noise(3 * MIB), 0, 3 * MIB, size - 5 * MIB);
  else {
    const piece = pieceOf(fill);
    for (let at = 0; at < size; at += PIECE_SIZE)
      await file.write(piece, 0, Math.min(PIECE_SIZE, size - at), at);
  }
  await file.close();
}

/** Compares what it is given with the volume's file: a second file would only measure the disk. */
async function comparingTarget(
  path: string,
  size: number,
): Promise<{ target: VolumeTarget; written(): number }> {
  const source = await openFileSource(nodeFileSystem, path);
  let written = 0;
  // One for each write that may be under way: what was allocated for each write would count as ours.
  const spare: Uint8Array[] = [];
  const target: VolumeTarget = {
    size,
    isZeroed: true,
    write: async (bytes, offset) => {
      const expected = spare.pop() ?? new Uint8Array(MIB);
      const there = expected.subarray(0, bytes.length);
      await source.readInto(there, offset);
      if (Buffer.compare(there, bytes) !== 0) throw new Error(`wrong bytes at offset ${offset}`);
      spare.push(expected);
      written += bytes.length;
    },
    sync: async () => {},
    close: () => source.close(),
  };
  return { target, written: () => written };
}

async function measure(directory: string, size: number, fill: Fill): Promise<MemoryFigures> {
  const volume = join(directory, "volume");
  const idle = peak();
  await makeVolume(volume, size, fill);
  const runtime = await nodeRuntime();
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root: join(directory, "repository") });
  const location = { container: "c", prefix: "volume_1" };
  await sink.createContainer(location.container);
  const source = await openFileSource(nodeFileSystem, volume);
  const start = performance.now();
  const stored = await runBackup(source, sink, {
    ...location,
    identity: IDENTITY,
    volumeMetadata: null,
    codec: runtime.codecs.get("zlib"),
    blockSize: BLOCK_SIZE,
    chunkSize: CHUNK_SIZE,
    runtime,
  });
  await source.close();
  const middle = performance.now();
  const backupPeak = peak();
  const chain = await openChain([{ ...location, sink, backupId: "b-1", volumeId: "v-1" }], runtime.hashes);
  const { target, written } = await comparingTarget(volume, size);
  const restored = await restoreBackup(chain, target, { runtime });
  await target.close();
  return {
    idle,
    backup: backupPeak,
    restore: peak(),
    backupSeconds: (middle - start) / 1000,
    restoreSeconds: (performance.now() - middle) / 1000,
    planned: { backup: stored.memory.total, restore: restored.memory.total },
    compressions: [...new Set(stored.objects.map(({ compression }) => compression))],
    storedSize: stored.storedSize,
    writtenSize: written(),
  };
}

const [directory, size, fill] = process.argv.slice(2);
console.log(JSON.stringify(await measure(directory!, Number(size), fill as Fill)));
