/** Rest before a measurement: what others have left to the disk would be done in the next one's time. */
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { run } from "./command.js";

/** A block that is synced this soon, twice in a row, waits for nothing else. */
const AT_REST_MS = 20;
const PAUSE_MS = 200;
const TRIES_MAX = 50;

/**
 * Syncs, and then waits until a sync of one block takes no time. On file systems that are mounted with `discard` the
 * blocks of deleted files are given back after the sync, and whoever syncs next waits for that: an incremental of 1.0 s
 * took 2.2 after a copy of 1 GiB had been deleted.
 */
export async function settle(directory: string): Promise<void> {
  await run({ argv: ["sync"] });
  const file = await open(join(directory, "settle"), "w");
  try {
    for (let tries = 0, quickCount = 0; tries < TRIES_MAX && quickCount < 2; tries++) {
      await sleep(PAUSE_MS);
      const start = performance.now();
      await file.write(new Uint8Array(512), 0, 512, 0);
      await file.sync();
      quickCount = performance.now() - start < AT_REST_MS ? quickCount + 1 : 0;
    }
  } finally {
    await file.close();
  }
}
