/** The new digest table as an object that grows in step with the windows. */
import type { DigestTableHeader, EntryCollector } from "../../format/digest-table.js";
import { DigestTableWriter } from "../../format/digest-table-writer.js";
import { digestTableName } from "../../format/names.js";
import type { RunningHash } from "../../ports.js";
import type { ObjectSink, ObjectWriter } from "../../sinks/sink.js";
import type { DigestCollector } from "./digest.js";

export interface TableObjectOptions {
  readonly container: string;
  readonly prefix: string;
  readonly header: DigestTableHeader;
  /** SHA-256 over the stored bytes, for the catalog. */
  readonly hash: RunningHash;
  /** Ends its requests; `abort` still works. */
  readonly signal: AbortSignal;
}

export class TableObject implements DigestCollector, EntryCollector {
  readonly #writer: Promise<ObjectWriter>;
  readonly #printer: DigestTableWriter;
  readonly #hash: RunningHash;
  #storedSize = 0;
  #failure: { readonly error: unknown } | undefined;

  /** Creates the object while the volume is already being read. The next call throws if that fails. */
  constructor(sink: ObjectSink, { container, prefix, header, hash, signal }: TableObjectOptions) {
    this.#writer = sink.create(container, digestTableName(prefix), { signal });
    this.#writer.catch((error: unknown) => {
      this.#failure = { error };
    });
    this.#hash = hash;
    this.#printer = new DigestTableWriter(header, { write: (bytes) => this.#write(bytes) });
  }

  /** Stored bytes so far. */
  get storedSize(): number {
    return this.#storedSize;
  }

  async append(digests: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#printer.append(digests);
  }

  async appendEntries(entries: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#printer.appendEntries(entries);
  }

  /** Makes the table durable; resolves to the SHA-256 of its bytes, 64 hexadecimal digits. */
  async complete(): Promise<string> {
    await this.#printer.finish();
    await (await this.#writer).close();
    return this.#hash.hex();
  }

  /** Leaves nothing unfinished; never rejects. */
  async abort(): Promise<void> {
    const writer = await this.#writer.catch(() => undefined);
    await writer?.abort();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const writer = await this.#writer;
    this.#hash.update(bytes);
    this.#storedSize += bytes.length;
    await writer.write(bytes);
  }
}
