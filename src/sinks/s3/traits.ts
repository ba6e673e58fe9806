/** Determines the server's traits with a temporary object. */

import { isAshlarError } from "../../errors.js";
import type { StoreTraits } from "../sink.js";
import type { S3Connection, S3Request } from "./connection.js";
import { S3Error } from "./error.js";

export async function inspectStore(
  connection: S3Connection,
  { bucket, key }: { bucket: string; key: string },
): Promise<StoreTraits> {
  const probe = { bucket, key, isOfObject: true, what: "look into the server", call: "inspect" };
  const clockAheadMs = await connection.clockAheadMs({ ...probe, method: "HEAD" });
  const put: S3Request = { ...probe, method: "PUT", body: connection.text("ashlar") };
  try {
    await connection.run(put);
    return { clockAheadMs, conditionalPut: await refusesExisting(connection, put) };
  } finally {
    await connection.run({ ...probe, method: "DELETE", isOfObject: false });
  }
}

/** Whether a conditional put is refused. Servers without conditions answer 501, or put the object regardless. */
async function refusesExisting(connection: S3Connection, put: S3Request): Promise<boolean> {
  try {
    await connection.run({ ...put, headers: { "if-none-match": "*" } });
    return false;
  } catch (error) {
    if (error instanceof S3Error && error.httpStatus === 412) return true;
    if (isAshlarError(error) && error.status === "temporary") throw error;
    return false;
  }
}
