/**
 * The question: how many milliseconds pass from the start of a one-shot command until its end, or until it asks for the
 * first byte of the volume; and how much of it is the runtime's own start? Wanted: the first byte before 150 ms.
 *
 * Whole commands on a volume of 64 MiB, which is enough for threads, in turns with a bare `node -e 0`: the best turn
 * and the median. Linux only. `node build/bench/micro/start-up.js [--turns N] [--json]`.
 */
import { spawn } from "node:child_process";
import { randomFillSync } from "node:crypto";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { MIB } from "../../src/units.js";
import { median } from "../report/interleave.js";
import { printMachine, thisMachine } from "../report/machine.js";

const BIN = fileURLToPath(new URL("../../command/node/bin.js", import.meta.url));
const FIRST_READ = new URL("./first-read.js", import.meta.url).href;
const VOLUME_SIZE: number = 64 * MIB;
const WANTED_MS = 150;

interface Subject {
  readonly name: string;
  /** Of node. */
  readonly args: readonly string[];
  /** Path of the file whose first read is waited for, in place of the command's end. */
  readonly until?: string;
  /** Takes back what it did, untimed, so that every turn finds the same: of node, too. */
  readonly undo?: readonly string[];
}

/** Milliseconds from the start to what is waited for. */
async function time({ name, args, until }: Omit<Subject, "undo">): Promise<number> {
  const preload = until === undefined ? [] : ["--import", FIRST_READ];
  const start = performance.timeOrigin + performance.now();
  const child = spawn(process.execPath, [...preload, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, FIRST_READ_OF: until },
  });
  let talk = "";
  child.stderr.on("data", (part: Buffer) => {
    talk += part.toString();
  });
  const code = await new Promise((resolve, reject) => child.on("close", resolve).on("error", reject));
  const end = performance.timeOrigin + performance.now();
  if (code !== 0) throw new Error(`Cannot time ${name}: it ended with ${code}: ${talk}`);
  if (until === undefined) return end - start;
  const said = /^first-read (\S+)$/m.exec(talk);
  if (said === null) throw new Error(`Cannot time ${name}: it has not read "${until}"`);
  return Number(said[1]) - start;
}

async function subjectsIn(scratch: string): Promise<Subject[]> {
  const volume = join(await realpath(scratch), "volume.raw");
  await writeFile(volume, randomFillSync(new Uint8Array(VOLUME_SIZE)));
  const command = (...words: string[]) => [
    ...[BIN, "--state-dir", join(scratch, "state"), "--quiet"],
    ...["--option", "backup_compression_algorithm=none", ...words],
  ];
  const full = command("volume", "backup", "create", "disk", "--name", "full");
  for (const args of [command("volume", "create", "disk", "--source", volume), full])
    await time({ name: "preparation", args });
  const incremental = command("volume", "backup", "create", "disk", "--incremental", "--name", "next");
  const undo = command("volume", "backup", "delete", "next");
  return [
    { name: "node -e 0", args: ["-e", "0"] },
    { name: "--version", args: [BIN, "--version"] },
    { name: "volume list", args: command("volume", "list") },
    { name: "backup, to its first byte", args: incremental, until: volume, undo },
    { name: "backup, unchanged", args: incremental, undo },
  ];
}

const { values: flags } = parseArgs({
  options: { turns: { type: "string", default: "15" }, json: { type: "boolean" } },
});
const scratch = await mkdtemp(join(tmpdir(), "ashlar-start-up-"));
try {
  const subjects = await subjectsIn(scratch);
  const times = subjects.map((): number[] => []);
  for (let turn = 0; turn < Number(flags.turns); turn++) {
    for (const [index, subject] of subjects.entries()) {
      times[index]!.push(await time(subject));
      if (subject.undo !== undefined) await time({ name: `undo of ${subject.name}`, args: subject.undo });
    }
  }
  const rows = subjects.map(({ name }, index) => ({
    name,
    bestMs: Math.min(...times[index]!),
    medianMs: median(times[index]!),
  }));
  const machine = thisMachine();
  if (flags.json) console.log(JSON.stringify({ machine, turns: Number(flags.turns), rows }, undefined, 2));
  else {
    console.log(`${printMachine(machine)}, load ${machine.load.toFixed(1)}; ${flags.turns} turns`);
    console.log(`${"".padEnd(28)}${"best, ms".padStart(12)}${"median, ms".padStart(12)}`);
    for (const { name, bestMs, medianMs } of rows)
      console.log(name.padEnd(28) + [bestMs, medianMs].map((ms) => ms.toFixed(0).padStart(12)).join(""));
    console.log(`wanted: the first byte of a backup before ${WANTED_MS} ms`);
  }
} finally {
  await rm(scratch, { recursive: true, force: true });
}
