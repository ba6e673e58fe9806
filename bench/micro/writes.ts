/**
 * The question: what does it take to write a file in windows, as a restore does, past the page cache and through it, and
 * what do several writes at once cost there? (docs/decisions/0055-direct-writes.md)
 *
 * Each contender writes the same random bytes to a new file and syncs it; `dd conv=fsync` is the peer. Everybody takes
 * turns, with a sync before. CPU time is that of this process.
 * `node build/bench/micro/writes.js [--turns N] [--size MIB] [--directory DIR]`, the directory being one of the disk in question.
 */
import { execFileSync } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { pageAlignedMemory } from "../../src/node/files/page-aligned.js";
import { MIB } from "../../src/units.js";
import { execute } from "../peers/command.js";
import { median } from "../report/interleave.js";
import { printMachine, thisMachine } from "../report/machine.js";

const WINDOW_SIZE: number = MIB;
/** Writes that a restore has under way. */
const AT_ONCE = 3;
/** Of `getrusage`, microseconds. */
const MICROSECONDS = 1e6;

const { values: flags } = parseArgs({
  options: {
    turns: { type: "string", default: "5" },
    size: { type: "string", default: "512" },
    directory: { type: "string", default: tmpdir() },
  },
});
const size = Number(flags.size) * MIB;
const turns = Number(flags.turns);

interface Taken {
  /** Seconds on the clock, and of processor time. */
  readonly clock: number;
  readonly cpu: number;
}

type WriteTo = (path: string) => Promise<Taken>;

/** Seconds that `work` takes of the clock and of this process. */
async function taking(work: () => Promise<void>): Promise<Taken> {
  const started = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { clock: (performance.now() - started) / 1000, cpu: (user + system) / MICROSECONDS };
}

/** Three writers, each of which takes the next window that is left. */
async function inWindows(write: (offset: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const writer = async (): Promise<void> => {
    while (next < size) {
      const offset = next;
      next += WINDOW_SIZE;
      await write(offset);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writer));
}

/** By Ashlar's file handle, out of memory that starts on a page or does not. */
function byHandle(window: Uint8Array): WriteTo {
  return (path) =>
    taking(async () => {
      const file = await nodeFileSystem.open(path, "create");
      await file.truncate(size);
      await inWindows((offset) => file.write(window, offset));
      await file.sync();
      await file.close();
    });
}

/** By Node's, all writes at once. */
function byNode(window: Uint8Array): WriteTo {
  return (path) =>
    taking(async () => {
      const file = await open(path, "wx");
      await file.truncate(size);
      await inWindows((offset) => file.write(window, 0, window.length, offset));
      await file.sync();
      await file.close();
    });
}

function byDd(source: string): WriteTo {
  return async (path) => {
    const argv = ["dd", `if=${source}`, `of=${path}`, "bs=1M", "conv=fsync", "status=none"];
    const { code, seconds, stderr } = await execute({ argv });
    if (code !== 0) throw new Error(`dd ended with ${code}: ${stderr.trim()}`);
    return { clock: seconds, cpu: Number.NaN };
  };
}

const scratch = await mkdtemp(join(flags.directory, "ashlar-writes-"));
try {
  const aligned = randomFillSync(new Uint8Array(pageAlignedMemory(WINDOW_SIZE), 0, WINDOW_SIZE));
  const elsewhere = new Uint8Array(aligned);
  const source = join(scratch, "source");
  const file = await open(source, "wx");
  for (let offset = 0; offset < size; offset += WINDOW_SIZE)
    await file.write(elsewhere, 0, WINDOW_SIZE, offset);
  await file.close();
  const contenders: readonly (readonly [name: string, write: WriteTo])[] = [
    ["dd conv=fsync", byDd(source)],
    ["three writes at once", byNode(elsewhere)],
    ["ashlar, through the cache", byHandle(elsewhere)],
    ["ashlar, past the cache", byHandle(aligned)],
  ];
  const taken = contenders.map((): Taken[] => []);
  for (let turn = 0; turn < turns; turn++)
    for (const [index, [, write]] of contenders.entries()) {
      const path = join(scratch, "written");
      execFileSync("sync");
      taken[index]!.push(await write(path));
      await rm(path);
    }
  const machine = thisMachine();
  console.log(`${printMachine(machine)}, load ${machine.load.toFixed(1)}; ${flags.size} MiB, ${turns} turns`);
  console.log(
    `${"medians".padEnd(28)}${["s", "CPU, s", "dd ÷ it"].map((title) => title.padStart(10)).join("")}`,
  );
  for (const [index, [name]] of contenders.entries()) {
    const ratio = median(taken[index]!.map(({ clock }, turn) => taken[0]![turn]!.clock / clock));
    const figures = [
      median(taken[index]!.map(({ clock }) => clock)),
      median(taken[index]!.map(({ cpu }) => cpu)),
    ];
    const cells = [...figures, ratio].map((figure) =>
      (Number.isNaN(figure) ? "" : figure.toFixed(2)).padStart(10),
    );
    console.log(name.padEnd(28) + cells.join(""));
  }
} finally {
  await rm(scratch, { recursive: true });
}
