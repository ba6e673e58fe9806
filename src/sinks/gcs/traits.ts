/** Determines the server's traits with a temporary object. */

import { sleep } from "../../sleep.js";
import { HttpStatusError } from "../http/status.js";
import type { StoreTraits } from "../sink.js";
import type { GcsConnection, GcsRequest } from "./connection.js";
import type { GcsLocks } from "./lock.js";
import type { ObjectLocation } from "./requests.js";

/** How long the temporary object is locked, and how often and how long its removal is tried afterwards. */
const LOCK_MS = 6000;
const WAIT_STEP_MS = 500;
const WAIT_MS_MAX = 15_000;

export async function inspectStore(
  connection: GcsConnection,
  { container, name, locks }: ObjectLocation & { readonly locks: GcsLocks },
): Promise<StoreTraits> {
  const what = { what: "look into the server", call: "inspect" };
  const put: GcsRequest = {
    ...what,
    method: "POST",
    path: `/upload/storage/v1/b/${encodeURIComponent(container)}/o`,
    query: { uploadType: "media", name },
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array([1]),
  };
  const { headers } = await connection.run(put);
  const at = Date.parse(headers.date ?? "");
  const clockAheadMs = Number.isNaN(at) ? undefined : at - connection.clock.now().getTime();
  try {
    const conditionalPut = await refusesExisting(connection, put);
    if (!(await locks.isEnabled(container))) return { clockAheadMs, conditionalPut };
    const until = new Date(connection.clock.now().getTime() + (clockAheadMs ?? 0) + LOCK_MS);
    return { clockAheadMs, conditionalPut, lock: await locks.probe({ container, name }, { until }, put) };
  } finally {
    const path = `/storage/v1/b/${encodeURIComponent(container)}/o/${encodeURIComponent(name)}`;
    await removeUnlocked(() => connection.run({ ...what, method: "DELETE", path, allowed: [404] }));
  }
}

async function removeUnlocked(remove: () => Promise<unknown>): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += WAIT_STEP_MS) {
    try {
      await remove();
      return;
    } catch (error) {
      if (!(error instanceof HttpStatusError && error.httpStatus === 403) || waitedMs >= WAIT_MS_MAX)
        throw error;
      await sleep(WAIT_STEP_MS, undefined);
    }
  }
}

/** Whether a put on the condition that the name is free is refused, although the object exists. */
async function refusesExisting(connection: GcsConnection, put: GcsRequest): Promise<boolean> {
  try {
    await connection.run({ ...put, query: { ...put.query, ifGenerationMatch: "0" } });
    return false;
  } catch (error) {
    if (error instanceof HttpStatusError && error.httpStatus === 412) return true;
    throw error;
  }
}
