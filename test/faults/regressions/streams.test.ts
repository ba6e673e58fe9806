/** What is read while a chain is consolidated, through the shipped program. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { open, writeFile } from "node:fs/promises";
import test from "ava";
import { COMMAND } from "../../command.js";
import { Site } from "./site.js";

const SIZE = 12_000_000;

/** Starts the image server on a free port; resolves to its URL. */
async function serve(t: { teardown(work: () => unknown): void }, site: Site): Promise<string> {
  const args = ["repository", "serve", "--image", "--listen", "127.0.0.1:0"];
  const env = { PATH: process.env.PATH, ASHLAR_STATE_DIR: site.path("state") };
  const child = spawn(process.execPath, [COMMAND, ...args], { env, stdio: ["ignore", "pipe", "ignore"] });
  t.teardown(async () => {
    if (child.exitCode !== null) return;
    child.kill();
    await once(child, "close");
  });
  const [text] = (await once(child.stdout, "data")) as [Buffer];
  return text.toString().split("\n")[0]!;
}

test("an image that is served is read on while and after backups of its chain are consolidated", async (t) => {
  const site = await Site.open(t);
  const bytes = randomBytes(SIZE);
  const env = { ASHLAR_BACKUP_FILE_SIZE: "1048576" };
  const image = site.path("v");
  await writeFile(image, bytes);
  await site.data(t, ["volume", "create", "v", "--source", image]);
  const create = ["volume", "backup", "create", "v"];
  await site.data(t, [...create, "--name", "full"], { env });
  const ids: string[] = [];
  for (const [name, at] of [
    ["middle", 2_000_000],
    ["last", 9_000_000],
  ] as const) {
    bytes[at] = bytes[at]! ^ 0xff;
    const file = await open(image, "r+");
    await file.write(bytes.subarray(at, at + 1), 0, 1, at);
    await file.close();
    const made = await site.json<{ id: string }>(t, [...create, "--incremental", "--name", name], { env });
    ids.push(made.id);
  }
  const url = await serve(t, site);
  const read = async (id: string, from: number, end: number): Promise<Buffer> => {
    const headers = { range: `bytes=${from}-${end - 1}` };
    const response = await fetch(`${url}backups/${id}.img`, { headers });
    t.is(response.status, 206);
    return Buffer.from(await response.arrayBuffer());
  };
  for (const id of ids) await read(id, 0, 100);
  const download = await fetch(`${url}backups/${ids[1]}.img`);
  const reader = download.body!.getReader();
  const pieces = [(await reader.read()).value!];
  // What the last one stands on, then the last itself.
  await site.data(t, ["volume", "backup", "consolidate", "middle"], { env });
  t.true((await read(ids[1]!, 1_900_000, 2_100_000)).equals(bytes.subarray(1_900_000, 2_100_000)));
  await site.data(t, ["volume", "backup", "consolidate", "last"], { env });
  for (const id of ids)
    t.true((await read(id, 8_000_000, 8_900_000)).equals(bytes.subarray(8_000_000, 8_900_000)));
  for (let part = await reader.read(); !part.done; part = await reader.read()) pieces.push(part.value);
  t.true(Buffer.concat(pieces).equals(bytes));
});
