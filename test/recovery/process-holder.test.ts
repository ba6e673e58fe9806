import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { currentHolder, isHolderAlive } from "../../src/node/process-holder.js";

type Part = "host" | "boot" | "namespace" | "id" | "startTime";
const PARTS: readonly Part[] = ["host", "boot", "namespace", "id", "startTime"];

async function holderWith(changes: Partial<Record<Part, string>>): Promise<string> {
  const parts = (await currentHolder()).split("/");
  return parts.map((part, index) => changes[PARTS[index]!] ?? part).join("/");
}

test("this process is alive, and has one name", async (t) => {
  t.true(await isHolderAlive(await currentHolder()));
  t.is(await currentHolder(), await currentHolder());
});

test("a process that has ended is dead, and so is one that got its id back", async (t) => {
  const child = spawn(process.execPath, ["-e", "process.stdin.resume()"], { stdio: "pipe" });
  await once(child, "spawn");
  const holder = await holderWith({ id: String(child.pid) });
  t.false(await isHolderAlive(holder), "another process with this id, by its start time");
  child.kill("SIGKILL");
  await once(child, "exit");
  t.false(await isHolderAlive(holder));
});

test("nothing is said of a process in another boot, container or host", async (t) => {
  t.is(await isHolderAlive(await holderWith({ boot: "another" })), undefined);
  t.is(await isHolderAlive(await holderWith({ namespace: "pid:[1]", id: "99999999" })), undefined);
  t.is(await isHolderAlive(await holderWith({ host: "another", boot: "x", id: "99999999" })), undefined);
});

for (const id of ["0", "-1", "1.5", "x", ""]) {
  test(`"${id}" is no process`, async (t) => {
    t.false(await isHolderAlive(await holderWith({ id })));
  });
}

test("a zombie is dead", async (t) => {
  // Its parent is replaced, before it ends, by a program that does not take note of it.
  const shell = spawn("sh", ["-c", "sleep 0.2 & echo $!; exec sleep 30"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  t.teardown(() => shell.kill("SIGKILL"));
  const [line] = (await once(shell.stdout, "data")) as [Buffer];
  const id = line.toString().trim();
  const stat = await waitForZombie(id);
  const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
  t.false(await isHolderAlive(await holderWith({ id, startTime })));
});

async function waitForZombie(id: string): Promise<string> {
  for (;;) {
    const stat = await readFile(`/proc/${id}/stat`, "utf8");
    if (stat.includes(") Z ")) return stat;
    await sleep(5);
  }
}
