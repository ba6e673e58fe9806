/** The new digest table as an object that grows in step with the windows. */
import type { DigestTableHeader } from "../format/digest-table.js";
import { DigestTableWriter } from "../format/digest-table-writer.js";
import { digestTableName } from "../format/names.js";
import type { RunningHash } from "../ports.js";
import type { ObjectSink, ObjectWriter } from "../sinks/sink.js";
import type { DigestCollector } from "./digest.js";

export interface TableObjectOptions {
  readonly container: string;
  readonly prefix: string;
  readonly header: DigestTableHeader;
  /** SHA-256 over the stored bytes, for the catalog. */
  readonly hash: RunningHash;
}

export class TableObject implements DigestCollector {
  readonly #writer: ObjectWriter;
  readonly #printer: DigestTableWriter;
  readonly #hash: RunningHash;
  #storedSize = 0;

  static async create(sink: ObjectSink, options: TableObjectOptions): Promise<TableObject> {
    return new TableObject(await sink.create(options.container, digestTableName(options.prefix)), options);
  }

  private constructor(writer: ObjectWriter, { header, hash }: TableObjectOptions) {
    this.#writer = writer;
    this.#hash = hash;
    this.#printer = new DigestTableWriter(header, { write: (bytes) => this.#write(bytes) });
  }

  /** Stored bytes so far. */
  get storedSize(): number {
    return this.#storedSize;
  }

  append(digests: Uint8Array): Promise<void> {
    return this.#printer.append(digests);
  }

  /** Makes the table durable; resolves to the SHA-256 of its bytes, 64 hexadecimal digits. */
  async complete(): Promise<string> {
    await this.#printer.finish();
    await this.#writer.close();
    return this.#hash.hex();
  }

  abort(): Promise<void> {
    return this.#writer.abort();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#storedSize += bytes.length;
    await this.#writer.write(bytes);
  }
}
