/** Ctrl-C pressed once and twice while the store keeps a backup waiting, and what the next command makes of it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import process from "node:process";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import test from "ava";
import { COMMAND } from "../command.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE } from "./site.js";
import { type SlowStore, startSlowStore } from "./slow-store.js";

/** The last request that the backup waits for: by then all of its objects are there. */
const MANIFEST = {
  fault: { kind: "hang" } as const,
  matches: ({ method, url }: { method: string; url: string }) =>
    method === "POST" && /name=[^&]*_metadata/.test(url),
};

function ashlar({ site, options }: SlowStore, ...words: readonly string[]) {
  const { stateDirectory, repository, fileSize } = site.settings;
  const given = { ...options, backup_gcs_object_size: String(fileSize) };
  const environment = Object.entries(given).map(([name, value]) => [`ASHLAR_${name.toUpperCase()}`, value]);
  return spawn(
    process.execPath,
    [COMMAND, "--state-dir", stateDirectory, "--repository", repository, "--progress", "none", ...words],
    { env: { ...process.env, ...Object.fromEntries(environment) }, stdio: ["ignore", "pipe", "pipe"] },
  );
}

for (const [times, status] of [
  [1, undefined],
  [2, "error"],
] as const) {
  test.serial(
    `a backup that waits for its store, and Ctrl-C ${times === 1 ? "once" : "twice"}`,
    async (t) => {
      t.timeout(60_000);
      const store = await startSlowStore(t);
      const path = store.site.path("disk.img");
      await fs.writeFile(path, noise(600 * BLOCK_SIZE, 1));
      store.slow(MANIFEST);
      const command = ashlar(store, "volume", "backup", "create", path);
      const said = text(command.stderr);
      while (command.exitCode === null && !store.isReached()) await sleep(5);
      command.kill("SIGINT");
      // Less than the first takes to end in order.
      await sleep(50);
      if (times === 2) command.kill("SIGINT");
      await once(command, "close");
      t.is(command.exitCode, 130, await said);
      t.is(store.stored().names.length > 0, times === 2);

      const list = ashlar(store, "volume", "backup", "list", "-f", "json");
      const rows = JSON.parse(await text(list.stdout)) as { status: string }[];
      t.deepEqual(
        rows.map((row) => row.status),
        status === undefined ? [] : [status],
      );
      t.deepEqual(store.stored().names, []);
    },
  );
}
