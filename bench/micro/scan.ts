/**
 * The question: with each digest engine forced, how many MB of an unchanged volume do the pool's threads digest per second
 * of two cores, and how much faster do they get with zeros? Wanted of the WASM engine: 1600 MB/s, and four times that of
 * a volume without zeros where 90 % of the blocks are zero.
 *
 * Windows of 1 MiB, as the pipeline has them, and as many in work at once: once from memory, which is digesting alone, and
 * once read from a file in the page cache, which is all that an unchanged volume costs but for comparing 32 bytes a block.
 * CPU time of all threads counts: on a shared machine wall time tells of the others. Contenders take turns.
 * `node build/bench/micro/scan.js [--turns N] [--json] [--assert]`; `--assert` exits with 1 when something wanted is not reached.
 */
import { randomFillSync } from "node:crypto";
import { type FileHandle, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { type NodePool, nodePool } from "../../src/node/threads/pool.js";
import type { Compute } from "../../src/pipeline/run/compute.js";
import { pooledCompute } from "../../src/threads/pooled-compute.js";
import { DIGEST_SIZE, KIB, MIB } from "../../src/units.js";
import { median } from "../report/interleave.js";
import { printMachine, thisMachine } from "../report/machine.js";

const BLOCK_SIZE: number = 32 * KIB;
const WINDOW_SIZE: number = MIB;
const VOLUME_SIZE: number = 128 * MIB;
const CORES = 2;
const ENGINES = ["wasm", "native"] as const;
const ZEROS = [0, 50, 90, 100] as const;
const WANTED = { scan: 1600, gain: 4 } as const;

/** Random blocks, of which the given percentage is zero, spread evenly: 61 and 100 have no common factor. */
function volumeWith(zeroPercent: number): Uint8Array {
  const volume = new Uint8Array(VOLUME_SIZE);
  for (let at = 0; at < volume.length; at += 64 * KIB) randomFillSync(volume, at, 64 * KIB);
  for (let block = 0; block * BLOCK_SIZE < volume.length; block++)
    if ((block * 61) % 100 < zeroPercent) volume.fill(0, block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE);
  return volume;
}

type Fill = (window: Uint8Array, offset: number) => Promise<unknown>;

/** Digests a volume; `fill` brings each window's bytes. */
async function scan(compute: Compute, windows: readonly Window[], fill: Fill): Promise<void> {
  let next = 0;
  const work = async ({ bytes, digests }: Window): Promise<void> => {
    while (next < VOLUME_SIZE) {
      const offset = next;
      next += WINDOW_SIZE;
      await fill(bytes, offset);
      await compute.digest(bytes, BLOCK_SIZE, digests);
    }
  };
  await Promise.all(windows.map(work));
}

interface Window {
  readonly bytes: Uint8Array;
  readonly digests: Uint8Array;
}

interface Row {
  readonly name: string;
  readonly run: () => Promise<void>;
  /** MB per second of two cores. */
  readonly rates: number[];
}

async function rowsOf(
  engine: "wasm" | "native",
  zeros: number,
  path: string,
  opened: Opened,
): Promise<Row[]> {
  await writeFile(path, volumeWith(zeros));
  const file = await open(path);
  opened.files.push(file);
  const workers = opened.pools[engine];
  const lanes = workers.count + 1;
  const compute = await pooledCompute(workers, {
    arenaSize: 2 * lanes * (WINDOW_SIZE + BLOCK_SIZE),
    allocate: (size) => new SharedArrayBuffer(size),
  });
  const windows = Array.from({ length: lanes }, () => ({
    bytes: compute.arena.allocate(WINDOW_SIZE),
    digests: compute.arena.allocate((WINDOW_SIZE / BLOCK_SIZE) * DIGEST_SIZE),
  }));
  const read: Fill = (window, offset) => file.read(window, 0, window.length, offset);
  // Each window keeps what it was filled with: digesting does not mind that they are the same again.
  const seen = new Set<Uint8Array>();
  const stay: Fill = async (window, offset) => {
    if (!seen.has(window)) await read(window, offset);
    seen.add(window);
  };
  return [
    { name: `${engine}, ${zeros} % zero, digested`, run: () => scan(compute, windows, stay), rates: [] },
    {
      name: `${engine}, ${zeros} % zero, scanned`,
      run: async () => {
        seen.clear();
        await scan(compute, windows, read);
        seen.clear();
      },
      rates: [],
    },
  ];
}

interface Opened {
  readonly pools: Readonly<Record<"wasm" | "native", NodePool>>;
  readonly files: FileHandle[];
}

async function measure(rows: readonly Row[], turns: number): Promise<void> {
  // One turn that does not count: threads start, and V8 has its optimised code.
  for (let turn = -1; turn < turns; turn++) {
    for (const { run, rates } of rows) {
      const before = process.cpuUsage();
      await run();
      const { user, system } = process.cpuUsage(before);
      if (turn >= 0) rates.push((CORES * VOLUME_SIZE) / (user + system));
    }
  }
}

const { values: flags } = parseArgs({
  options: {
    turns: { type: "string", default: "7" },
    json: { type: "boolean" },
    assert: { type: "boolean" },
  },
});
const scratch = await mkdtemp(join(tmpdir(), "ashlar-scan-"));
const opened: Opened = {
  pools: {
    wasm: nodePool({ digestEngine: "wasm" }),
    native: nodePool({ digestEngine: "native" }),
  },
  files: [],
};
try {
  const rows: Row[] = [];
  for (const engine of ENGINES)
    for (const zeros of ZEROS)
      rows.push(...(await rowsOf(engine, zeros, join(scratch, `${engine}-${zeros}`), opened)));
  await measure(rows, Number(flags.turns));
  const rateOf = (name: string) => median(rows.find((row) => row.name === name)!.rates);
  const found = {
    scan: rateOf("wasm, 0 % zero, scanned"),
    gain: rateOf("wasm, 90 % zero, digested") / rateOf("wasm, 0 % zero, digested"),
    scanGain: rateOf("wasm, 90 % zero, scanned") / rateOf("wasm, 0 % zero, scanned"),
  };
  const machine = thisMachine();
  const table = rows.map(({ name, rates }) => ({
    name,
    median: median(rates),
    slowest: Math.min(...rates),
    fastest: Math.max(...rates),
  }));
  if (flags.json) console.log(JSON.stringify({ machine, wanted: WANTED, found, rows: table }, undefined, 2));
  else {
    console.log(`${printMachine(machine)}, load ${machine.load.toFixed(1)}; ${flags.turns} turns`);
    console.log(
      `${"MB/s of two cores".padEnd(30)}${["median", "slowest", "fastest"].map((text) => text.padStart(10)).join("")}`,
    );
    for (const { name, ...rates } of table)
      console.log(
        name.padEnd(30) +
          Object.values(rates)
            .map((rate) => rate.toFixed(0).padStart(10))
            .join(""),
      );
    console.log(`wasm: ${found.scan.toFixed(0)} MB/s scanned, at least ${WANTED.scan} wanted`);
    console.log(
      `wasm, 90 % zero: ${found.gain.toFixed(1)} times as fast digested, ${found.scanGain.toFixed(1)} scanned; at least ${WANTED.gain} wanted`,
    );
  }
  if (flags.assert && (found.scan < WANTED.scan || found.gain < WANTED.gain)) process.exitCode = 1;
} finally {
  for (const file of opened.files) await file.close();
  await Promise.all(Object.values(opened.pools).map((pool) => pool.close()));
  await rm(scratch, { recursive: true, force: true });
}
