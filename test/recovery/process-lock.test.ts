/** A process holds its lock until it ends, also while it is stopped, and whatever its process id means elsewhere. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import process from "node:process";
import test, { type ExecutionContext } from "ava";
import { ProcessLocks } from "../../src/node/process-lock.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const MODULE: string = new URL("../../src/node/process-lock.js", import.meta.url).href;

async function folder(t: ExecutionContext): Promise<string> {
  const directory = await temporaryDirectory(t);
  return directory;
}

test("a stopped process is there, a killed one is not", async (t) => {
  const directory = await folder(t);
  const program = `const { ProcessLocks } = await import(process.argv[1]);
    await new ProcessLocks(process.argv[2], "other/1").announce();
    process.stdout.write("held");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, MODULE, directory]);
  t.teardown(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  const locks = new ProcessLocks(directory, "own/1");
  t.true(await locks.isAlive("other/1"));
  child.kill("SIGSTOP");
  t.true(await locks.isAlive("other/1"), "stopped");
  child.kill("SIGKILL");
  await once(child, "exit");
  t.false(await locks.isAlive("other/1"));
  t.is(await locks.isAlive("a third"), undefined);
});

test("looking at others does not release the own lock, and the end leaves no file", async (t) => {
  const directory = await folder(t);
  const locks = new ProcessLocks(directory, "own/1");
  await locks.announce();
  await locks.announce();
  t.true(await locks.isAlive("own/1"));
  await locks.close();
  t.deepEqual(await readdir(directory), []);
});
