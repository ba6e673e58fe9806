/** One restore in a process of its own: `node restore-growth-child.js DIRECTORY` prints what it had and grew to. */
import { join } from "node:path";
import { openChain } from "../../src/chain/chain.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import type { VolumeTarget } from "../../src/sources/volume.js";
import { KIB } from "../../src/units.js";
import { GROWTH_BACKUP, PIECE } from "./restore-growth.js";

export interface GrowthFigures {
  /** Bytes. */
  readonly idle: number;
  readonly peak: number;
  readonly planned: number;
  readonly accounted: number;
  readonly accountedPeak: number;
  /** Bytes written, all of which were as they should be. */
  readonly written: number;
}

/** Holds what is written against the piece of which the volume is made. */
function comparingTarget(size: number): { readonly target: VolumeTarget; written(): number } {
  let written = 0;
  const twice = Buffer.concat([PIECE, PIECE]);
  const target: VolumeTarget = {
    size,
    isZeroed: true,
    async write(bytes, offset) {
      const from = offset % PIECE.length;
      if (twice.compare(bytes, 0, bytes.length, from, from + bytes.length) !== 0)
        throw new Error(`wrong bytes at offset ${offset}`);
      written += bytes.length;
    },
    sync: async () => {},
    close: async () => {},
  };
  return { target, written: () => written };
}

async function measure(directory: string): Promise<GrowthFigures> {
  const runtime = await nodeRuntime();
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root: join(directory, "repository") });
  const { target, written } = comparingTarget(Number.MAX_SAFE_INTEGER);
  const idle = process.memoryUsage.rss();
  const chain = await openChain([{ ...GROWTH_BACKUP, sink }], runtime.hashes);
  const { memory, accountedPeak } = await restoreBackup(chain, target, { runtime });
  const peak = process.resourceUsage().maxRSS * KIB;
  const { total: planned, accounted } = memory;
  return { idle, peak, planned, accounted, accountedPeak, written: written() };
}

console.log(JSON.stringify(await measure(process.argv[2]!)));
