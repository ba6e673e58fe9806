/**
 * Deletes objects, in buckets with object lock all their versions: up to 1000 in one request (`DeleteObjects`). After
 * a server has refused this once, it gets single requests, several at once. Single requests also delete keys that XML
 * 1.0 cannot represent, and keys that the server reports as failed: a single request succeeds when retried, or its
 * error has the reason.
 */

import { isAshlarError } from "../../errors.js";
import { sideBySide } from "../../side-by-side.js";
import { isLockedAt, lockedError } from "../lock.js";
import type { S3Connection, S3Request } from "./connection.js";
import { S3Error, SKEW_MS_MAX, s3CodeOf } from "./error.js";
import type { S3Locks } from "./lock.js";
import { commonPrefix, listVersions } from "./versions.js";
import { childrenOf, escapeXml, textOf } from "./xml.js";

/** S3's limit of keys in one request. */
const KEYS_MAX = 1000;
const SINGLES_AT_ONCE = 8;
const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

/** An object, or one version of it. */
interface Target {
  readonly key: string;
  readonly versionId?: string | undefined;
}

export class S3Deletion {
  readonly #connection: S3Connection;
  readonly #locks: S3Locks;
  #isBulkRefused = false;

  constructor(connection: S3Connection, locks: S3Locks) {
    this.#connection = connection;
    this.#locks = locks;
  }

  /** Deletes the object; a missing one and a missing bucket are no error. @throws LockedError */
  async delete(bucket: string, key: string): Promise<void> {
    await this.deleteAll(bucket, [key]);
  }

  /** Deletes the objects; missing ones and a missing bucket are no error. @throws LockedError */
  async deleteAll(bucket: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    const targets = (await this.#locks.isEnabled(bucket))
      ? await this.#versionsOf(bucket, keys)
      : keys.map((key) => ({ key }));
    const singles: Target[] = targets.filter(({ key }) => !isXml(key));
    const inBulk = targets.filter(({ key }) => isXml(key));
    for (let first = 0; first < inBulk.length; first += KEYS_MAX) {
      singles.push(...(await this.#deleteBatch(bucket, inBulk.slice(first, first + KEYS_MAX))));
    }
    await sideBySide(singles, SINGLES_AT_ONCE, (target) => this.#deleteOne(bucket, target));
  }

  async #versionsOf(bucket: string, keys: readonly string[]): Promise<Target[]> {
    const wanted = new Set(keys);
    const found: Target[] = [];
    for await (const { key, versionId } of listVersions(this.#connection, {
      bucket,
      prefix: commonPrefix(keys),
    }))
      if (wanted.has(key)) found.push({ key, versionId });
    return found;
  }

  async #deleteOne(bucket: string, { key, versionId }: Target): Promise<void> {
    const object = `object ${JSON.stringify(key)} in container ${JSON.stringify(bucket)}`;
    const query = versionId === undefined ? {} : { query: { versionId } };
    try {
      const what = `remove ${object}`;
      await this.#connection.run({ method: "DELETE", call: "remove", what, bucket, key, ...query });
    } catch (error) {
      if (isAshlarError(error, "not-found")) return;
      if (versionId === undefined || !(error instanceof S3Error) || error.status === "temporary") throw error;
      const lock = await this.#locks.lockOf({ bucket, key, versionId });
      if (lock === undefined || !isLockedAt(lock, this.#earliestOfServer())) throw error;
      throw lockedError(object, "remove", lock, error);
    }
  }

  /**
   * The earliest moment that it can have been for the server when it refused a request that was answered just now. A
   * lock may end between the refusal and the look at it, and the server's clock may be behind.
   */
  #earliestOfServer(): Date {
    return new Date(this.#connection.clock.now().getTime() - SKEW_MS_MAX);
  }

  /** Returns the targets that need single requests. */
  async #deleteBatch(bucket: string, targets: readonly Target[]): Promise<readonly Target[]> {
    if (this.#isBulkRefused || targets.length < 2) return targets;
    const objects = targets.map(objectElement).join("");
    const request: S3Request = {
      method: "POST",
      call: "remove",
      what: `remove ${targets.length} objects from container ${JSON.stringify(bucket)}`,
      bucket,
      query: { delete: "" },
      body: this.#connection.text(`<Delete xmlns="${NAMESPACE}"><Quiet>true</Quiet>${objects}</Delete>`),
    };
    try {
      const root = await this.#connection.document(request);
      if (root.name === "DeleteResult") return childrenOf(root, "Error").flatMap(failedTarget);
    } catch (error) {
      if (s3CodeOf(error) === "NoSuchBucket") return [];
      if (!isAshlarError(error) || error.status === "temporary") throw error;
    }
    this.#isBulkRefused = true;
    return targets;
  }
}

function objectElement({ key, versionId }: Target): string {
  const version = versionId === undefined ? "" : `<VersionId>${escapeXml(versionId)}</VersionId>`;
  return `<Object><Key>${escapeXml(key)}</Key>${version}</Object>`;
}

function failedTarget(error: Parameters<typeof textOf>[0]): Target[] {
  const key = textOf(error, "Key");
  const versionId = textOf(error, "VersionId");
  return key === undefined || textOf(error, "Code") === "NoSuchKey" ? [] : [{ key, versionId }];
}

/** Whether XML 1.0 can represent `key` (section 2.2); names have no control characters and no surrogates anyway. */
function isXml(key: string): boolean {
  return !/[\ufffe\uffff]/.test(key);
}
