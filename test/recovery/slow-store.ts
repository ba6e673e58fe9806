/** A bucket over HTTP on loopback, of which one request of a kind that is asked for is kept waiting. */
import type { ExecutionContext } from "ava";
import { type Exchange, type Fault, faultFirst, startFaultProxy } from "../stores/fault-proxy.js";
import { startGcsEmulator } from "../stores/gcs-emulator.js";
import { BLOCK_SIZE, Site } from "./site.js";

const BUCKET = "volumebackups";

/** What happens to the first exchange that is like this. */
export interface Slow {
  readonly fault: Fault;
  readonly matches: (exchange: Exchange) => boolean;
}

export interface SlowStore {
  readonly site: Site;
  /** Of the driver. */
  readonly options: Readonly<Record<string, string>>;
  /** Slows the next exchange of a kind; ends with what was slowed before. */
  slow(what: Slow | undefined): void;
  /** Whether an exchange has been slowed since then. */
  isReached(): boolean;
  /** Names of objects, and how many uploads are neither complete nor given up. */
  stored(): { readonly names: readonly string[]; readonly sessionCount: number };
}

export async function startSlowStore(t: ExecutionContext): Promise<SlowStore> {
  const emulator = await startGcsEmulator();
  const proxy = await startFaultProxy(t, emulator.url);
  t.teardown(() => emulator.stop());
  const settings = {
    repository: `gs://${BUCKET}?endpoint=${proxy.url}`,
    container: BUCKET,
    // Several parts of 256 KiB each.
    fileSize: 256 * BLOCK_SIZE,
  };
  const options = {
    backup_gcs_access_token: emulator.grant(),
    backup_gcs_project_id: "tests",
    backup_gcs_writer_chunk_size: "262144",
  };
  const site = await Site.create(t, settings, options);
  let countBefore = 0;
  return {
    site,
    options,
    slow(what) {
      countBefore = proxy.faultCount();
      proxy.decide = what === undefined ? () => undefined : faultFirst(what.fault, what.matches);
    },
    isReached: () => proxy.faultCount() > countBefore,
    stored: () => ({ names: emulator.objectNames(BUCKET), sessionCount: emulator.sessionCount() }),
  };
}
