/**
 * The question: what do holes cost? A sparse volume is backed up with its holes known and unknown, beside a volume of
 * its data alone, and beside tools that copy it.
 *
 * Whole commands, start-up included, which take turns. CPU time counts, because the machine may be shared; ratios are
 * formed within a turn, and the median over the turns is reported. nbdkit serves the file as an NBD export, once with
 * its filter `noextents`, so that the same server states no holes.
 *
 *     node build/bench/sources/main.js [--size 10] [--data 1] [--turns 3] [--out DIR] [--assert]
 *
 * Sizes are GiB. `--assert` exits with 1 if a backup with known holes reads more than the data and the windows at its
 * edges, or takes more CPU time than wanted.
 */
import { randomFillSync } from "node:crypto";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { GIB, MIB } from "../../src/units.js";
import { Meter } from "../peers/meter.js";
import { median } from "../report/interleave.js";
import { CONTENDERS, type Places } from "./contenders.js";
import { type Export, startExport } from "./exports.js";
import { printPage, type Row } from "./page.js";

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));
/** Data lies in pieces of this size, spread evenly. */
const PIECE_SIZE: number = 16 * MIB;
/** CPU time of a backup with known holes, as a share of the same with unknown ones. */
const CPU_SHARE_MAX = 0.8;

const { values: flags } = parseArgs({
  options: {
    size: { type: "string", default: "10" },
    data: { type: "string", default: "1" },
    turns: { type: "string", default: "3" },
    out: { type: "string", default: join(ROOT, "docs/benchmarks/") },
    assert: { type: "boolean", default: false },
  },
});
const [size, dataSize, turns] = [Number(flags.size) * GIB, Number(flags.data) * GIB, Number(flags.turns)];

/** Writes random pieces at even distances into a file of `length` bytes. */
async function makeVolume(path: string, length: number): Promise<void> {
  const file = await open(path, "w");
  const piece = new Uint8Array(PIECE_SIZE);
  const count = Math.floor(dataSize / PIECE_SIZE);
  await file.truncate(length);
  for (let index = 0; index < count; index++)
    await file.write(randomFillSync(piece), 0, PIECE_SIZE, Math.floor(length / count / MIB) * MIB * index);
  await file.sync();
  await file.close();
}

/** Bytes that a backup read, by the last line of its progress. */
function bytesRead(stderr: string): number {
  const last = stderr.split("\n").findLast((line) => line.startsWith('{"event":"progress"'));
  const { bytes_total: total, bytes_skipped: skipped } = JSON.parse(last ?? "{}") as Record<string, number>;
  return total! - skipped!;
}

async function measure(meter: Meter, places: Places): Promise<Row[]> {
  const results = CONTENDERS.map((contender) => ({
    contender,
    cpu: [] as number[],
    wall: [] as number[],
    read: [] as number[],
  }));
  for (let turn = 0; turn < turns; turn++)
    for (const { contender, cpu, wall, read } of turn % 2 === 0 ? results : [...results].reverse()) {
      await rm(places.output, { recursive: true, force: true });
      await mkdir(places.output);
      const { sample, stderr } = await meter.measure(contender.command(places));
      cpu.push(sample.cpuSeconds ?? sample.seconds);
      wall.push(sample.seconds);
      if (contender.isAshlar) read.push(bytesRead(stderr));
      process.stderr.write(`${contender.volume}, ${contender.title}: ${JSON.stringify(sample)}\n`);
    }
  return results.map(({ contender: { volume, title }, cpu, wall, read }) => {
    const first = results.find(({ contender }) => contender.volume === volume)!;
    return {
      ...{ volume, title, read: read[0], cpuSeconds: median(cpu), wallSeconds: median(wall) },
      cpuRatio: median(cpu.map((seconds, turn) => seconds / first.cpu[turn]!)),
      wallRatio: median(wall.map((seconds, turn) => seconds / first.wall[turn]!)),
    };
  });
}

async function measureAll(): Promise<Row[]> {
  const scratch = await mkdtemp(join(tmpdir(), "ashlar-sources-"));
  const path = (name: string): string => join(scratch, name);
  const servers: Export[] = [];
  try {
    await mkdir(path("nowhere"));
    await makeVolume(path("sparse"), size);
    await makeVolume(path("dense"), dataSize);
    servers.push(await startExport(path("sparse"), { socket: path("holes.sock") }));
    servers.push(await startExport(path("sparse"), { socket: path("none.sock"), filters: ["noextents"] }));
    return await measure(await Meter.open(scratch), {
      ...{ sparse: path("sparse"), dense: path("dense"), output: path("output"), nowhere: path("nowhere") },
      ...{ export: servers[0]!.url, exportWithoutHoles: servers[1]!.url },
    });
  } finally {
    for (const server of servers) await server.stop();
    await rm(scratch, { recursive: true, force: true });
  }
}

/** What a backup with known holes does that is not wanted of it. */
function misses(rows: readonly Row[]): string[] {
  return ["file", "NBD export"].flatMap((volume) => {
    const [known, unknown] = rows.filter((row) => row.volume === volume);
    const readMax = dataSize + (2 * dataSize * MIB) / PIECE_SIZE;
    const share = 1 / unknown!.cpuRatio;
    return [
      ...(known!.read! <= readMax
        ? []
        : [`${volume}: ${known!.read} bytes were read; want ${readMax} at most`]),
      ...(share <= CPU_SHARE_MAX
        ? []
        : [`${volume}: ${share} of the CPU time; want ${CPU_SHARE_MAX} at most`]),
    ];
  });
}

const rows = await measureAll();
await writeFile(
  join(flags.out, "sources.md"),
  printPage(rows, { size, dataSize, turns, cpuShareMax: CPU_SHARE_MAX }),
);
for (const miss of misses(rows)) {
  process.stderr.write(`${miss}\n`);
  if (flags.assert) process.exitCode = 1;
}
