/** The manifest as an object that can be sent while the digest table is completed, and becomes visible afterwards. */
import { type Manifest, printManifest } from "../../format/manifest.js";
import { manifestName } from "../../format/names.js";
import type { RunningHash } from "../../ports.js";
import type { ObjectSink, ObjectWriter } from "../../sinks/sink.js";

export interface ManifestPutOptions {
  readonly container: string;
  readonly prefix: string;
  readonly manifest: Manifest;
  /** SHA-256 over the stored bytes, for the catalog. */
  readonly hash: RunningHash;
  /** Ends its requests; `abort` still works. */
  readonly signal: AbortSignal;
}

export class ManifestPut {
  /** Stored bytes. */
  readonly size: number;
  /** SHA-256 of the stored bytes, 64 hexadecimal digits. */
  readonly sha256: string;
  readonly #writer: Promise<ObjectWriter>;
  readonly #written: Promise<void>;

  /** Starts to send the manifest. `complete` rejects if that failed. */
  constructor(sink: ObjectSink, { container, prefix, manifest, hash, signal }: ManifestPutOptions) {
    const bytes = printManifest(manifest);
    hash.update(bytes);
    this.size = bytes.length;
    this.sha256 = hash.hex();
    this.#writer = sink.create(container, manifestName(prefix), { signal, isNew: true });
    this.#written = this.#writer.then((writer) => writer.write(bytes));
    this.#written.catch(() => {});
  }

  /** Makes the manifest durable, which completes the backup. */
  async complete(): Promise<void> {
    await this.#written;
    await (await this.#writer).close();
  }

  /** Leaves nothing unfinished; never rejects. */
  async abort(): Promise<void> {
    await this.#written.catch(() => {});
    const writer = await this.#writer.catch(() => undefined);
    await writer?.abort();
  }
}
