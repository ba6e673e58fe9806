/**
 * Deletes objects: up to 1000 in one request (`DeleteObjects`). After a server has refused this once, it gets single
 * requests, several at once. Single requests also delete keys that XML 1.0 cannot represent, and keys that the server
 * reports as failed: a single request succeeds when retried, or its error has the reason.
 */

import { isAshlarError } from "../../errors.js";
import { sideBySide } from "../../side-by-side.js";
import type { S3Connection, S3Request } from "./connection.js";
import { s3CodeOf } from "./error.js";
import { childrenOf, escapeXml, textOf } from "./xml.js";

/** S3's limit of keys in one request. */
const KEYS_MAX = 1000;
const SINGLES_AT_ONCE = 8;
const NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

export class S3Deletion {
  readonly #connection: S3Connection;
  #isBulkRefused = false;

  constructor(connection: S3Connection) {
    this.#connection = connection;
  }

  /** Deletes the objects; missing ones and a missing bucket are no error. */
  async deleteAll(bucket: string, keys: readonly string[]): Promise<void> {
    const singles: string[] = keys.filter((key) => !isXml(key));
    const inBulk = keys.filter(isXml);
    for (let first = 0; first < inBulk.length; first += KEYS_MAX) {
      singles.push(...(await this.#deleteBatch(bucket, inBulk.slice(first, first + KEYS_MAX))));
    }
    await sideBySide(singles, SINGLES_AT_ONCE, (key) => this.delete(bucket, key));
  }

  async delete(bucket: string, key: string): Promise<void> {
    const what = `remove object ${JSON.stringify(key)} in container ${JSON.stringify(bucket)}`;
    try {
      await this.#connection.run({ method: "DELETE", call: "remove", what, bucket, key });
    } catch (error) {
      if (!isAshlarError(error, "not-found")) throw error;
    }
  }

  /** Returns the keys that need single requests. */
  async #deleteBatch(bucket: string, keys: readonly string[]): Promise<readonly string[]> {
    if (this.#isBulkRefused || keys.length < 2) return keys;
    const objects = keys.map((key) => `<Object><Key>${escapeXml(key)}</Key></Object>`).join("");
    const request: S3Request = {
      method: "POST",
      call: "remove",
      what: `remove ${keys.length} objects from container ${JSON.stringify(bucket)}`,
      bucket,
      query: { delete: "" },
      body: this.#connection.text(`<Delete xmlns="${NAMESPACE}"><Quiet>true</Quiet>${objects}</Delete>`),
    };
    try {
      const root = await this.#connection.document(request);
      if (root.name === "DeleteResult") return childrenOf(root, "Error").flatMap(failedKey);
    } catch (error) {
      if (s3CodeOf(error) === "NoSuchBucket") return [];
      if (!isAshlarError(error) || error.status === "temporary") throw error;
    }
    this.#isBulkRefused = true;
    return keys;
  }
}

function failedKey(error: Parameters<typeof textOf>[0]): string[] {
  const key = textOf(error, "Key");
  return key === undefined || textOf(error, "Code") === "NoSuchKey" ? [] : [key];
}

/** Whether XML 1.0 can represent `key` (section 2.2); names have no control characters and no surrogates anyway. */
function isXml(key: string): boolean {
  return !/[\ufffe\uffff]/.test(key);
}
