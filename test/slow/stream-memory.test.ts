/** A stream of hundreds of MiB passes through the shipped program in the memory that is promised for any volume. */

import { spawn } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import test, { type ExecutionContext } from "ava";
import { MIB } from "../../src/units.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const SIZE: number = 400 * MIB;
/** As promised for a process with a volume in a file; see memory.test.ts. */
const PROMISED_MAX: number = 192 * MIB;

/** Bytes that do not compress. */
function* noise(): Generator<Buffer> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, 1), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  for (let done = 0; done < SIZE; done += MIB) yield cipher.update(zeros);
}

async function peakOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** Runs the command to its end; resolves to its peak memory and the SHA-256 of its standard output. */
async function run(
  t: ExecutionContext,
  directory: string,
  { args, input }: { readonly args: readonly string[]; readonly input?: Readable },
): Promise<{ peak: number; sha256: string }> {
  const env = { PATH: process.env.PATH, ASHLAR_STATE_DIR: directory };
  const child = spawn(process.execPath, [COMMAND, "volume", "backup", ...args], {
    env,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const hash = createHash("sha256");
  child.stdout.on("data", (part: Buffer) => hash.update(part));
  if (input === undefined) child.stdin.end();
  else input.pipe(child.stdin);
  let peak = 0;
  const timer = setInterval(async () => {
    peak = Math.max(peak, await peakOf(child.pid!));
  }, 20);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearInterval(timer);
  t.is(code, 0);
  t.log(`${args[0]}: ${(peak / MIB).toFixed(0)} MiB for a stream of ${SIZE / MIB} MiB`);
  return { peak, sha256: hash.digest("hex") };
}

test("a stream is backed up and restored in less memory than it has bytes", async (t) => {
  const directory = await temporaryDirectory(t);
  const expected = createHash("sha256");
  for (const part of noise()) expected.update(part);
  const input = Readable.from(noise());
  const made = await run(t, directory, { args: ["create", "-", "--volume", "v", "--name", "b"], input });
  const back = await run(t, directory, { args: ["restore", "b", "-"] });
  t.is(back.sha256, expected.digest("hex"));
  for (const { peak } of [made, back]) {
    t.true(peak > 0);
    t.true(peak <= PROMISED_MAX, `${(peak / MIB).toFixed(0)} MiB`);
  }
});
