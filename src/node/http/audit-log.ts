/** Who changed what: a line of JSON for each request that changes something or is refused for want of rights. */
import { once } from "node:events";
import { createWriteStream, type WriteStream } from "node:fs";
import type { RequestRecord } from "../../api/api.js";
import { StorageError } from "../../errors.js";

const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
const REFUSED: ReadonlySet<number> = new Set([401, 403]);

export class AuditLog {
  readonly #stream: WriteStream;
  readonly #now: () => Date;

  /** @throws StorageError for a file that cannot be appended to */
  static async open(path: string, now: () => Date, warn: (text: string) => void): Promise<AuditLog> {
    const stream = createWriteStream(path, { flags: "a", mode: 0o600 });
    try {
      await once(stream, "open");
    } catch (cause) {
      throw new StorageError(`Cannot append to audit log "${path}"`, { call: "open", cause });
    }
    stream.on("error", (error) => warn(`the audit log "${path}" cannot be written: ${error.message}`));
    return new AuditLog(stream, now);
  }

  private constructor(stream: WriteStream, now: () => Date) {
    this.#stream = stream;
    this.#now = now;
  }

  note({ requestId, method, path, route, status, caller }: RequestRecord): void {
    if (READING.has(method) && !REFUSED.has(status)) return;
    const entry = {
      ...{ time: this.#now().toISOString(), request_id: requestId },
      ...{
        user_id: caller?.userId ?? null,
        project_id: caller?.projectId ?? null,
        roles: caller?.roles ?? [],
      },
      ...{ method, path, route: route ?? null, status },
    };
    this.#stream.write(`${JSON.stringify(entry)}\n`);
  }

  async close(): Promise<void> {
    const closed = once(this.#stream, "close");
    this.#stream.end();
    await closed;
  }
}
