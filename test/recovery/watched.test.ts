/** One process backs up, slowly; others watch it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import test from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { noise } from "../pipeline/volume-bytes.js";

const SIZE: number = 24 * 1024 * 1024;

interface Point {
  readonly bytes_done: number;
  readonly bytes_total: number;
  readonly percent: number;
  readonly stage: string;
}

class Command {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  data = "";
  readonly #closed: Promise<unknown>;

  constructor(state: string, ...args: readonly string[]) {
    const flags = ["--state-dir", state, "--option", "backup_compression_algorithm=none"];
    const sizes = ["--option", "backup_file_size=1048576"];
    const child = spawn(process.execPath, [COMMAND, ...flags, ...sizes, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      this.data += text;
    });
    createInterface({ input: child.stderr }).on("line", (line) => this.lines.push(line));
    this.#closed = once(child, "close");
    this.child = child;
  }

  async end(): Promise<number | null> {
    await this.#closed;
    return this.child.exitCode;
  }

  get points(): Point[] {
    return this.lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Point);
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

test("watchers see it go on and end; to end one of them ends nothing else; a stop is told as such", async (t) => {
  t.timeout(120_000);
  const directory = await temporaryDirectory(t);
  const state = join(directory, "state");
  const source = join(directory, "disk.img");
  await fs.writeFile(source, noise(SIZE));
  const run = (...args: readonly string[]): Command => new Command(state, "volume", "backup", ...args);
  const isThere = async (name: string): Promise<boolean> => (await run("show", name).end()) === 0;

  const slow = ["--limit-upload", "4M", "--progress", "none"];
  const creation = run("create", "--name", "one", source, ...slow);
  await until(() => isThere("one"));
  const watcher = run("show", "--watch", "one", "-f", "value", "-c", "status");
  const leaver = run("show", "--watch", "one");
  await until(() => leaver.points.length > 0);
  leaver.child.kill("SIGINT");
  t.is(await leaver.end(), 130);
  t.is(leaver.data, "");
  t.is(await watcher.end(), 0);
  t.is(watcher.data, "available\n");
  t.is(await creation.end(), 0);
  const done = watcher.points.map(({ bytes_done }) => bytes_done);
  t.deepEqual(
    done,
    [...done].sort((a, b) => a - b),
  );
  t.true(new Set(done).size >= 3, String(done));
  t.like(watcher.points.at(-1), { percent: 100, bytes_done: SIZE, bytes_total: SIZE });
  t.true(
    watcher.points
      .slice(0, -1)
      .every(({ percent, bytes_done }) => percent === Math.floor((100 * bytes_done) / SIZE)),
  );

  const second = run("create", "--name", "two", source, ...slow);
  await until(() => isThere("two"));
  const witness = run("show", "--watch", "two");
  await until(() => witness.points.length > 0);
  t.is(await run("delete", "--force", "two").end(), 0);
  t.is(await witness.end(), 4);
  t.regex(witness.lines.at(-1)!, /the backup is (gone|being deleted)$/);
  t.is(await second.end(), 130);
});
