/**
 * The question: how long a run of unchanged blocks should be stored again so that the changes around it share an object?
 *
 * A volume of this machine's files is backed up, then has a share of its blocks changed, each block with the same chance
 * wherever it lies. An incremental backup is made with each gap, in turns, and the chain restored: objects, bytes, and
 * seconds, into a directory of a local disk and into a store that takes 20 ms for each call.
 *
 *     node build/bench/micro/coalesce.js [--size MIB] [--rounds N] [--codec zlib|zstd|none] [--out DIR] [--scratch DIR]
 */
import { copyFile, mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { CodecId } from "../../src/codecs/codec.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { KIB, MIB } from "../../src/units.js";
import { SeededBytes } from "../image/seeded-bytes.js";
import { makeVolume } from "../memory/volumes.js";
import { statisticOf } from "../peers/statistic.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { BenchRepository, timed } from "./pipeline-repository.js";
import { SlowSink } from "./slow-sink.js";

const BLOCK_SIZE: number = 32 * KIB;
/** The default of object stores. */
const CHUNK_SIZE = 52_428_800;
const LATENCY_MS = 20;
const GAPS: readonly number[] = [0, 32, 64, 128, 256, 512].map((size) => size * KIB);
const PERCENTS: readonly number[] = [0, 1, 10, 50];

interface Sample {
  readonly objects: number;
  readonly storedSize: number;
  readonly backup: number;
  /** Processor time of the backup, all threads. */
  readonly cpu: number;
  readonly restore: number;
}

interface Row {
  readonly store: string;
  readonly percent: number;
  readonly gap: number;
  readonly samples: Sample[];
}

interface Bench {
  readonly runtime: Runtime;
  readonly codec: CodecId;
  readonly scratch: string;
  readonly rounds: number;
}

/** Every block with the same chance, by turns with bytes that do not compress and with text. */
async function changeBlocks(path: string, percent: number): Promise<void> {
  const file = await open(path, "r+");
  try {
    const random = new SeededBytes(percent + 1);
    const count = Math.floor((await file.stat()).size / BLOCK_SIZE);
    const text = Buffer.from(`a line of text in ${percent} of 100 blocks\n`.repeat(BLOCK_SIZE / 16)).subarray(
      0,
      BLOCK_SIZE,
    );
    for (let block = 0; block < count; block++) {
      if (random.below(100_000) >= percent * 1000) continue;
      await file.write(block % 2 === 0 ? random.bytes(BLOCK_SIZE) : text, 0, BLOCK_SIZE, block * BLOCK_SIZE);
    }
  } finally {
    await file.close();
  }
}

function sinkOf(store: string, scratch: string): ObjectSink {
  if (store === "local")
    return new PosixSink({ fileSystem: nodeFileSystem, root: join(scratch, "repository") });
  return new SlowSink(new MemorySink(), LATENCY_MS);
}

/** One share of changes in one store: every gap in every round, after a round that is not counted where it is quick. */
async function measure(
  store: string,
  percent: number,
  { runtime, codec, scratch, rounds }: Bench,
): Promise<Row[]> {
  const original = join(scratch, "original");
  const changed = join(scratch, "changed");
  await copyFile(original, changed);
  await changeBlocks(changed, percent);
  const repository = await BenchRepository.create(runtime, sinkOf(store, scratch));
  await repository.backup(original, { codec, chunkSize: CHUNK_SIZE });
  const rows = GAPS.map((gap): Row => ({ store, percent, gap, samples: [] }));
  const isLocal = store === "local";
  for (let round = isLocal ? -1 : 0; round < (isLocal ? rounds : 1); round++) {
    for (const { gap, samples } of rows) {
      const before = process.cpuUsage();
      const { result, seconds } = await timed(() =>
        repository.backup(changed, { codec, chunkSize: CHUNK_SIZE, coalesceGap: gap }),
      );
      const { user, system } = process.cpuUsage(before);
      const { objects, storedSize } = result;
      const figures = { objects: objects.length, storedSize, backup: seconds, cpu: (user + system) / 1e6 };
      const restored = join(scratch, "restored");
      const restoring = await timed(() => repository.restore(restored));
      if (round >= 0) samples.push({ ...figures, restore: restoring.seconds });
      await rm(restored);
      await repository.forget();
    }
    console.error(`${store}, ${percent} %: round ${round + 1}`);
  }
  await repository.forget();
  return rows;
}

function print(rows: readonly Row[]): string {
  const cells = rows.map(({ store, percent, gap, samples }) => {
    const seconds = (field: "backup" | "cpu" | "restore"): string =>
      statisticOf(samples.map((sample) => sample[field]))!.median.toFixed(2);
    const { objects, storedSize } = samples[0]!;
    const place = `${store === "local" ? "local disk" : `${LATENCY_MS} ms a call`}, ${percent} %`;
    const figures = [String(gap / KIB), String(objects), (storedSize / MIB).toFixed(1)];
    return [place, ...figures, seconds("backup"), seconds("cpu"), seconds("restore")];
  });
  return table(
    ["store, blocks changed", "gap, KiB", "objects", "stored, MiB", "backup, s", "of CPU, s", "restore, s"],
    cells,
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      size: { type: "string", default: "128" },
      rounds: { type: "string", default: "5" },
      codec: { type: "string", default: "zlib" },
      scratch: { type: "string", default: tmpdir() },
      out: { type: "string", default: fileURLToPath(new URL("../../../docs/benchmarks/", import.meta.url)) },
    },
  });
  const machine = thisMachine();
  const scratch = await mkdtemp(join(values.scratch, "ashlar-bench-coalesce-"));
  const runtime = await nodeRuntime();
  try {
    const size = Number(values.size) * MIB;
    await makeVolume(join(scratch, "original"), size, size);
    const codec = values.codec as CodecId;
    const bench = { runtime, codec, scratch, rounds: Number(values.rounds) };
    const rows: Row[] = [];
    for (const store of ["local", "slow"]) {
      for (const percent of PERCENTS) rows.push(...(await measure(store, percent, bench)));
    }
    const page = `# Coalescing

Made by \`npm run bench:coalesce -- --size ${values.size} --rounds ${values.rounds} --codec ${values.codec}\`. ${printMachine(machine)}. Load average ${machine.load.toFixed(2)} before,
${loadavg()[0]!.toFixed(2)} after. ${values.size} MiB of this machine's files, blocks of 32 KiB, objects of 50 MiB, ${codec}, four
objects at once; seconds on local disk are medians of ${values.rounds} rounds in turns, the others of one, which waits most of the time.
Stored is the incremental backup with its digest table; the restore is that of the chain of two.

${print(rows)}
`;
    await mkdir(values.out, { recursive: true });
    await writeFile(
      join(values.out, "coalesce.json"),
      `${JSON.stringify({ machine, rows }, undefined, 2)}\n`,
    );
    await writeFile(join(values.out, "coalesce.md"), page);
    console.log(page);
  } finally {
    await runtime.close?.();
    await rm(scratch, { recursive: true, force: true });
  }
}

await main();
