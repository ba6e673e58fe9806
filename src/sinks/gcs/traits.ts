/** Determines the server's traits with a temporary object. */

import { HttpStatusError } from "../http/status.js";
import type { StoreTraits } from "../sink.js";
import type { GcsConnection, GcsRequest } from "./connection.js";

export async function inspectStore(
  connection: GcsConnection,
  { bucket, name }: { bucket: string; name: string },
): Promise<StoreTraits> {
  const what = { what: "look into the server", call: "inspect" };
  const put: GcsRequest = {
    ...what,
    method: "POST",
    path: `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`,
    query: { uploadType: "media", name },
    headers: { "content-type": "application/octet-stream" },
    body: new Uint8Array([1]),
  };
  const { headers } = await connection.run(put);
  const at = Date.parse(headers.date ?? "");
  const clockAheadMs = Number.isNaN(at) ? undefined : at - connection.clock.now().getTime();
  try {
    const conditionalPut = await refusesExisting(connection, put);
    return { clockAheadMs, conditionalPut };
  } finally {
    const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
    await connection.run({ ...what, method: "DELETE", path, allowed: [404] });
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
