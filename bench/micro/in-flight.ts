/**
 * The question: how many objects should be stored, or loaded, at once where nothing is said?
 *
 * A volume of this machine's files is backed up in full and restored, by turns with each number of objects at once, into
 * a directory of a local disk and into a store that takes 20 ms for each call; in objects of 256 KiB, which stand for
 * scattered changes too, and of the default size for object stores. Beside the seconds stands what each takes by plan.
 *
 *     node build/bench/micro/in-flight.js [--size MIB] [--rounds N] [--out DIR] [--scratch DIR]
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { planBackupMemory, planRestoreMemory } from "../../src/pipeline/memory/plan.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { KIB, MIB } from "../../src/units.js";
import { makeVolume } from "../memory/volumes.js";
import { statisticOf } from "../peers/statistic.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { BenchRepository, timed } from "./pipeline-repository.js";
import { SlowSink } from "./slow-sink.js";

const LATENCY_MS = 20;
const BLOCK_SIZE: number = 32 * KIB;
const COUNTS: readonly number[] = [1, 2, 4, 8, 16];
const CHUNK_SIZES: readonly number[] = [256 * KIB, 52_428_800];

interface Row {
  readonly store: "local" | "slow";
  readonly chunkSize: number;
  readonly concurrentObjects: number;
  /** Seconds. */
  readonly backups: number[];
  readonly restores: number[];
}

const ROWS: readonly Row[] = (["local", "slow"] as const).flatMap((store) =>
  CHUNK_SIZES.flatMap((chunkSize) =>
    COUNTS.map((concurrentObjects) => ({ store, chunkSize, concurrentObjects, backups: [], restores: [] })),
  ),
);

async function runRow(row: Row, repository: BenchRepository, scratch: string): Promise<void> {
  const { chunkSize, concurrentObjects } = row;
  const settings = { codec: "zlib", chunkSize, concurrentObjects } as const;
  const restored = join(scratch, "restored");
  row.backups.push((await timed(() => repository.backup(join(scratch, "volume"), settings))).seconds);
  row.restores.push((await timed(() => repository.restore(restored, concurrentObjects))).seconds);
  await rm(restored);
  await repository.forget();
}

/** By plan, of the larger of the two operations. */
function plannedSize({ chunkSize, concurrentObjects }: Row): number {
  const shape = { blockSize: BLOCK_SIZE, concurrentObjects };
  const backup = planBackupMemory({ ...shape, chunkSize });
  const restore = planRestoreMemory({ ...shape, objectLengthMax: chunkSize, codecs: [] });
  return Math.max(backup.total, restore.total);
}

function print(): string {
  const cells = ROWS.map((row) => {
    const { store, chunkSize, concurrentObjects } = row;
    const one = ROWS.find(
      (other) => other.store === store && other.chunkSize === chunkSize && other.concurrentObjects === 1,
    )!;
    const best = (seconds: readonly number[]): number => statisticOf(seconds)!.low;
    const times = (["backups", "restores"] as const).flatMap((field) => [
      best(row[field]).toFixed(2),
      (best(one[field]) / best(row[field])).toFixed(2),
    ]);
    const place = `${store === "local" ? "local disk" : `${LATENCY_MS} ms a call`}, ${chunkSize / KIB} KiB`;
    return [place, String(concurrentObjects), ...times, (plannedSize(row) / MIB).toFixed(0)];
  });
  const header = ["store, objects of", "at once", "backup, s", "× one", "restore, s", "× one", "plan, MiB"];
  return table(header, cells);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "64" },
      rounds: { type: "string", default: "5" },
      scratch: { type: "string", default: tmpdir() },
      out: { type: "string", default: fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url)) },
    },
  });
  const machine = thisMachine();
  const scratch = await mkdtemp(join(values.scratch, "ashlar-bench-in-flight-"));
  const runtime = await nodeRuntime();
  try {
    const size = Number(values.size) * MIB;
    await makeVolume(join(scratch, "volume"), size, size);
    const local = new PosixSink({ fileSystem: nodeFileSystem, root: join(scratch, "repository") });
    const sinks: Record<Row["store"], ObjectSink> = {
      local,
      slow: new SlowSink(new MemorySink(), LATENCY_MS),
    };
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const row of ROWS)
        await runRow(row, await BenchRepository.create(runtime, sinks[row.store]), scratch);
      console.error(`round ${round + 1} of ${values.rounds}`);
    }
    const page = `# Objects in flight

Made by \`npm run bench:in-flight -- --size ${values.size} --rounds ${values.rounds}\`. ${printMachine(machine)}. Load average
${machine.load.toFixed(2)} before, ${loadavg()[0]!.toFixed(2)} after. ${values.size} MiB of this machine's files, zlib; the best of ${values.rounds} rounds in
turns; the plan is that of the larger operation, without the codec.

${print()}
`;
    await mkdir(values.out, { recursive: true });
    await writeFile(
      join(values.out, "in-flight.json"),
      `${JSON.stringify({ machine, rows: ROWS }, undefined, 2)}\n`,
    );
    await writeFile(join(values.out, "in-flight.md"), page);
    console.log(page);
  } finally {
    await runtime.close?.();
    await rm(scratch, { recursive: true, force: true });
  }
}

await main();
process.exit();
