/** One restore in a process of its own, whose memory is measured: `node measured-restore.js JSON` prints the figures. */
import { openChain } from "../../src/chain/chain.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import { openFileTarget } from "../../src/sources/file.js";
import { KIB } from "../../src/units.js";

export interface MeasuredRestore {
  /** Directory of the repository. */
  readonly root: string;
  readonly container: string;
  readonly prefix: string;
  readonly backupId: string;
  readonly volumeId: string;
  /** Path of the file that is made. */
  readonly target: string;
}

/** Bytes. */
export interface RestoreFigures {
  readonly idle: number;
  readonly peak: number;
  readonly planned: number;
  readonly accounted: number;
  readonly accountedPeak: number;
}

async function measure({ root, target: path, ...stored }: MeasuredRestore): Promise<RestoreFigures> {
  const runtime = await nodeRuntime();
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root });
  const idle = process.memoryUsage.rss();
  const chain = await openChain([{ ...stored, sink }], runtime.hashes);
  const target = await openFileTarget(nodeFileSystem, path, { size: chain.plan.volumeSize, create: true });
  const { memory, accountedPeak } = await restoreBackup(chain, target, { runtime });
  await target.close();
  const peak = process.resourceUsage().maxRSS * KIB;
  return { idle, peak, planned: memory.total, accounted: memory.accounted, accountedPeak };
}

console.log(JSON.stringify(await measure(JSON.parse(process.argv[2]!) as MeasuredRestore)));
