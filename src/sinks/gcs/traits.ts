/** Determines the server's traits with a temporary object. */

import { clockAheadMs } from "../http/server-clock.js";
import { HttpStatusError } from "../http/status.js";
import { probeWhileLocked, removeUnlocked } from "../lock-probe.js";
import type { StoreTraits } from "../sink.js";
import type { GcsConnection, GcsRequest } from "./connection.js";
import type { GcsLocks } from "./lock.js";
import type { ObjectLocation } from "./requests.js";

const FORBIDDEN = 403;

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
  const aheadMs = clockAheadMs(headers, connection.clock.now());
  try {
    const conditionalPut = await refusesExisting(connection, put);
    if (!(await locks.isEnabled(container))) return { clockAheadMs: aheadMs, conditionalPut };
    const lock = await probeWhileLocked(connection.clock, aheadMs ?? 0, async (until) => {
      await connection.run(put);
      return await locks.probe({ container, name }, { until }, put);
    });
    return { clockAheadMs: aheadMs, conditionalPut, lock };
  } finally {
    const path = `/storage/v1/b/${encodeURIComponent(container)}/o/${encodeURIComponent(name)}`;
    await removeUnlocked(
      () => connection.run({ ...what, method: "DELETE", path, allowed: [404] }),
      (error) => error instanceof HttpStatusError && error.httpStatus === FORBIDDEN,
    );
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
