/**
 * Deletes objects: many in one request if the server's `/info` reports that it can (Swift's `bulk` middleware,
 * radosgw), otherwise several at once. A batch that a bulk answer does not fully account for is deleted by single
 * requests: each succeeds when retried, or its error has the reason.
 */

import { toUtf8 } from "../../bytes.js";
import { sideBySide } from "../../side-by-side.js";
import { readText } from "../http/body.js";
import { expectDone, expectSuccess } from "../http/status.js";
import { encodePath, type SwiftConnection } from "./connection.js";

/** Below Swift's own limit of 10 000: it deletes two at once, and no request should take minutes. */
const NAMES_MAX = 500;
const SINGLES_AT_ONCE = 8;
/** Enough for the errors of `NAMES_MAX` names of 1024 bytes, escaped. */
const ANSWER_SIZE_MAX = 8 * 1024 * 1024;

export class SwiftDeletion {
  readonly #connection: SwiftConnection;
  /** Maximum names of one bulk request; 0 if there are no bulk requests. */
  #bulkMax: Promise<number> | undefined;

  constructor(connection: SwiftConnection) {
    this.#connection = connection;
  }

  /** Deletes the objects; missing ones and a missing container are no error. */
  async deleteAll(container: string, names: readonly string[]): Promise<void> {
    const singles: string[] = [];
    const max = names.length < 2 ? 0 : await this.#limit();
    if (max === 0) singles.push(...names);
    else {
      for (let first = 0; first < names.length; first += max) {
        const batch = names.slice(first, first + max);
        if (!(await this.#deleteBatch(container, batch))) singles.push(...batch);
      }
    }
    await sideBySide(singles, SINGLES_AT_ONCE, (name) => this.delete(container, name));
  }

  async delete(container: string, name: string): Promise<void> {
    const response = await this.#connection.send({ method: "DELETE", container, name });
    const what = `remove object ${JSON.stringify(name)}`;
    await expectDone(response, this.#connection.context("remove", what), [404]);
  }

  /** Returns whether the whole batch is gone. */
  async #deleteBatch(container: string, names: readonly string[]): Promise<boolean> {
    const paths = names.map((name) => `/${encodeURIComponent(container)}/${encodePath(name)}\n`);
    const response = await this.#connection.send({
      method: "POST",
      query: { "bulk-delete": "" },
      headers: { "content-type": "text/plain", accept: "application/json" },
      body: toUtf8(paths.join("")),
    });
    const what = `remove ${names.length} objects from container ${JSON.stringify(container)}`;
    await expectSuccess(response, this.#connection.context("remove", what), [400, 404, 405, 501]);
    return isComplete(await readText(response.body, ANSWER_SIZE_MAX), names.length);
  }

  #limit(): Promise<number> {
    this.#bulkMax ??= this.#connection.info().then(({ bulk_delete: bulk }) => {
      if (typeof bulk !== "object" || bulk === null) return 0;
      const { max_deletes_per_request: max } = bulk as { readonly max_deletes_per_request?: unknown };
      return typeof max === "number" && max > 0 ? Math.min(max, NAMES_MAX) : NAMES_MAX;
    });
    return this.#bulkMax;
  }
}

/** Whether the answer reports `count` objects as deleted or missing. It may start with white space, as a keep-alive. */
function isComplete(text: string, count: number): boolean {
  try {
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const done = Number(answer?.["Number Deleted"]) + Number(answer?.["Number Not Found"]);
    return done === count && /^20[0-9]/.test(String(answer?.["Response Status"]));
  } catch {
    return false;
  }
}
