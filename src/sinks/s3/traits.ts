/** Determines the server's traits with a temporary object. */

import { isAshlarError, LockedError } from "../../errors.js";
import type { LockTraits } from "../lock.js";
import { probeWhileLocked, removeUnlocked } from "../lock-probe.js";
import type { StoreTraits } from "../sink.js";
import type { S3Connection, S3Request } from "./connection.js";
import { S3Deletion } from "./deletion.js";
import { S3Error } from "./error.js";
import type { S3Locks } from "./lock.js";

interface Probe {
  readonly bucket: string;
  readonly key: string;
  readonly locks: S3Locks;
}

export async function inspectStore(connection: S3Connection, given: Probe): Promise<StoreTraits> {
  const { bucket, key, locks } = given;
  const request = { bucket, key, isOfObject: true, what: "look into the server", call: "inspect" };
  const deletion = new S3Deletion(connection, locks);
  const clockAheadMs = await connection.clockAheadMs({ ...request, method: "HEAD" });
  const put: S3Request = { ...request, method: "PUT", body: connection.text("ashlar") };
  try {
    await connection.run(put);
    const conditionalPut = await refusesExisting(connection, put);
    if (!(await locks.isEnabled(bucket))) return { clockAheadMs, conditionalPut };
    const probe = new LockProbe(connection, { given, put, deletion });
    const lock = await probeWhileLocked(connection.clock, clockAheadMs ?? 0, (until) => probe.run(until));
    return { clockAheadMs, conditionalPut, lock };
  } finally {
    await removeUnlocked(
      () => deletion.delete(bucket, key),
      (error) => error instanceof LockedError,
    );
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

interface LockProbing {
  readonly given: Probe;
  readonly put: S3Request;
  readonly deletion: S3Deletion;
}

/** Locks the probe, and tries everything that must be refused. */
class LockProbe {
  readonly #connection: S3Connection;
  readonly #probing: LockProbing;

  constructor(connection: S3Connection, probing: LockProbing) {
    this.#connection = connection;
    this.#probing = probing;
  }

  /** @param until the end of the lock, by the server's clock */
  async run(until: Date): Promise<LockTraits> {
    const { given, deletion, put } = this.#probing;
    const { bucket, key, locks } = given;
    const headers = await this.#connection.run(put);
    const versionId = headers["x-amz-version-id"];
    await locks.lock({ bucket, key, versionId }, { retention: { mode: "governance", until } });
    const refusesShortening = await isRefused(() => locks.shorten({ bucket, key, versionId }, until));
    // Without a version, the removal only hides what is locked.
    await this.#connection.run({ ...put, body: this.#connection.text("other") });
    const refusesRemoval = await isRefused(() => deletion.delete(bucket, key));
    const keepsOverwritten = await this.#isThere(versionId);
    return { refusesRemoval, refusesShortening, keepsOverwritten };
  }

  async #isThere(versionId: string | undefined): Promise<boolean> {
    if (versionId === undefined) return false;
    try {
      const { body: _, ...probe } = this.#probing.put;
      await this.#connection.run({ ...probe, method: "HEAD", query: { versionId } });
      return true;
    } catch (error) {
      if (isAshlarError(error, "not-found")) return false;
      throw error;
    }
  }
}

async function isRefused(attempt: () => Promise<void>): Promise<boolean> {
  try {
    await attempt();
    return false;
  } catch (error) {
    if (error instanceof LockedError || (error instanceof S3Error && error.status === "permanent"))
      return true;
    throw error;
  }
}
