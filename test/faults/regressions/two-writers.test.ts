/** Two processes that want the same backup or volume: one of them ends with a clear error, and none writes on. */
import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import { Site } from "./site.js";

interface OperationRow {
  readonly kind: string;
  readonly stage: string;
}

async function until(t: ExecutionContext, site: Site, kind: string, stage: string): Promise<void> {
  for (;;) {
    const rows = await site.json<OperationRow[]>(t, ["operation", "list"]);
    if (rows.some((row) => row.kind === kind && row.stage === stage)) return;
    await sleep(50);
  }
}

test("a restore that waits while its backup is deleted ends with a clear error", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "v".repeat(100_000));
  await writeFile(site.path("other"), Buffer.alloc(4_000_000, "x"));
  const options = { env: { ASHLAR_BACKUP_MAX_OPERATIONS: "1" } };
  await site.data(t, ["volume", "backup", "create", "v", "--name", "a"], options);
  const stop = new AbortController();
  const slow = site.run(["--limit-upload", "10K", "volume", "backup", "create", "other"], {
    ...options,
    onStart: (child) => stop.signal.addEventListener("abort", () => child.kill("SIGTERM")),
  });
  await until(t, site, "backup", "running");
  const restored = site.run(["volume", "backup", "restore", "a", site.path("out")], options);
  await until(t, site, "restore", "waiting");
  await site.data(t, ["volume", "backup", "delete", "a"], options);
  stop.abort();
  await slow;
  const { code, talk } = await restored;
  t.is(code, 4);
  t.regex(talk, /Cannot read backup [0-9a-f-]+: it has been deleted/);
});
