/** The executable as a process of its own: streams, exit codes and signals of the real world. */

import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import test from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

interface Ended {
  readonly code: number | null;
  readonly data: string;
  readonly talk: string;
}

interface StartOptions {
  readonly stateDirectory?: string;
  /** Given the process and what it has said so far, whenever it says something. */
  readonly onTalk?: (child: ReturnType<typeof spawn>, talk: string) => void;
}

async function start(
  args: string[],
  { stateDirectory = "/nonexistent", onTalk }: StartOptions = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { PATH: process.env.PATH, HOME: "/nonexistent", ASHLAR_STATE_DIR: stateDirectory },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let data = "";
  let talk = "";
  child.stdout.on("data", (part: Buffer) => {
    data += part.toString();
  });
  child.stderr.on("data", (part: Buffer) => {
    talk += part.toString();
    onTalk?.(child, talk);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, data, talk };
}

test("--version prints the package's version", async (t) => {
  const description = await readFile(new URL("../../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(description) as { version: string };
  t.deepEqual(await start(["--version"]), { code: 0, data: `${version}\n`, talk: "" });
});

test("a volume is backed up, changed, backed up again, and restored to both states", async (t) => {
  const directory = await temporaryDirectory(t);
  const stateDirectory = join(directory, "state");
  const path = join(directory, "disk.img");
  const first = randomBytes(1_000_001);
  await writeFile(path, first);
  const run = async (...args: string[]): Promise<unknown> => {
    const { code, data, talk } = await start([...args, "-f", "json"], { stateDirectory });
    t.is(code, 0, talk);
    return JSON.parse(data);
  };
  await run("volume", "create", "disk", "--source", path);
  await run("volume", "backup", "create", "--name", "full", "disk");
  const second = Buffer.from(first);
  second.fill(0xaa, 500_000, 500_010);
  await writeFile(path, second);
  const incremental = await run("volume", "backup", "create", "--incremental", "--name", "changes", "disk");
  t.like(incremental, { is_incremental: true, object_count: 1, volume_size: 1_000_001 });
  const { source } = (await run("volume", "backup", "restore", "full", "old")) as { source: string };
  t.deepEqual(await readFile(source), first);
  const target = join(directory, "restored.img");
  t.like(await run("volume", "backup", "restore", "changes", target), { restored_size: 1_000_001 });
  t.deepEqual(await readFile(target), second);
  const refused = await start(["volume", "backup", "delete", "full"], { stateDirectory });
  t.is(refused.code, 4);
  t.regex(refused.talk, /^ashlar: Incremental backups exist/);
});

test("a repository with a key takes nothing plain, and prints its key in one piece", async (t) => {
  const directory = await temporaryDirectory(t);
  const stateDirectory = join(directory, "state");
  const run = (...args: string[]): Promise<Ended> => start(args, { stateDirectory });
  const [disk, identity, missing] = ["disk.img", "identity.txt", "missing"].map((n) =>
    join(directory, n),
  ) as [string, string, string];
  const key = await generateX25519Identity();
  await writeFile(disk, randomBytes(100_000));
  await writeFile(identity, `${key}\n`);
  const recipient = await identityToRecipient(key);
  const made = await run("repository", "key", "init", "--recipient", recipient);
  const [, keyId] = /set encryption_key to (\w{32})/.exec(made.talk) ?? [];
  t.true(made.data.includes(keyId!));
  const plain = await run("volume", "backup", "create", disk);
  t.is(plain.code, 4);
  t.regex(plain.talk, /it is encrypted, and no key is named; want encryption_key/);
  const create = ["--encryption-key", keyId!, "volume", "backup", "create", disk];
  const unread = await run("--identity", missing, ...create);
  t.is(unread.code, 2);
  t.true(unread.talk.includes(`"${missing}": want a file that is there and can be read`));
  t.is((await run("--identity", identity, ...create)).code, 0);
});

test("a codec's level decides what is stored, and both are restored", async (t) => {
  const directory = await temporaryDirectory(t);
  const stateDirectory = join(directory, "state");
  const path = join(directory, "disk.img");
  const words = Array.from(randomBytes(200_000), (byte) => `word${byte % 91} `);
  await writeFile(path, words.join(""));
  const storedSize = async (algorithm: string, level: number): Promise<number> => {
    const options = [`backup_compression_algorithm=${algorithm}`, `backup_${algorithm}_level=${level}`];
    const flags = options.flatMap((option) => ["--option", option]);
    const made = await start([...flags, "volume", "backup", "create", path, "-f", "json"], {
      stateDirectory,
    });
    t.is(made.code, 0, made.talk);
    const { id, stored_size } = JSON.parse(made.data) as { id: string; stored_size: number };
    t.is((await start(["volume", "backup", "verify", id], { stateDirectory })).code, 0);
    return stored_size;
  };
  t.true((await storedSize("zlib", 9)) < (await storedSize("zlib", 1)));
  t.true((await storedSize("bz2", 9)) < (await storedSize("bz2", 1)));
  t.true((await storedSize("zstd", 19)) < (await storedSize("zstd", 1)));
});

test("a reader that goes away is no failure", async (t) => {
  const child = spawn(process.execPath, [COMMAND, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  let talk = "";
  child.stderr.on("data", (part: Buffer) => {
    talk += part.toString();
  });
  t.is(await new Promise<number | null>((resolve) => child.on("close", resolve)), 0);
  t.is(talk, "");
});

test("SIGINT stops a backup, which leaves nothing behind", async (t) => {
  const directory = await temporaryDirectory(t);
  const stateDirectory = join(directory, "state");
  const path = join(directory, "sparse.img");
  const file = await open(path, "w");
  await file.truncate(64 * 1024 ** 3);
  await file.close();
  let isSent = false;
  const { code, data, talk } = await start(["volume", "backup", "create", path, "--progress", "json"], {
    stateDirectory,
    onTalk: (child, said) => {
      if (isSent || !said.includes('"progress"')) return;
      isSent = child.kill("SIGINT");
    },
  });
  t.is(code, 130);
  t.is(data, "");
  t.regex(talk, /\nashlar: Stopped by SIGINT\n$/);
  const repository = join(stateDirectory, "repository");
  const entries = await readdir(repository, { recursive: true, withFileTypes: true });
  t.deepEqual(
    entries.filter((entry) => entry.isFile()).map(({ name }) => name),
    [],
  );
  t.is((await start(["volume", "backup", "list", "-f", "value"], { stateDirectory })).data, "");
});
