/**
 * Writes one object. What fits into a part is put in one request, as the reference system does it. A larger one becomes
 * a static large object: segments of the size of a part, and a manifest that joins them, which is put last and makes the
 * object seen at once and whole.
 */

import { toUtf8 } from "../../bytes.js";
import { InvalidStateError, StorageError } from "../../errors.js";
import type { Hashes } from "../../ports.js";
import type { PartMemory } from "../http/part-memory.js";
import { expectDone } from "../http/status.js";
import type { ObjectWriter } from "../sink.js";
import type { SwiftConnection } from "./connection.js";
import { Part, putPart } from "./put.js";
import { newUpload, segmentName, UPLOAD_HEADER } from "./segments.js";

export interface SwiftWriterOptions {
  readonly connection: SwiftConnection;
  readonly hashes: Hashes;
  readonly memory: PartMemory;
  /** Most bytes of an object that is no static large object, and of a segment. */
  readonly partSize: number;
  readonly container: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

interface Segment {
  readonly name: string;
  readonly md5: string;
  readonly size: number;
}

/** Swift's `max_manifest_segments`. */
const SEGMENTS_MAX = 1000;

export class SwiftWriter implements ObjectWriter {
  readonly #options: SwiftWriterOptions;
  readonly #upload: string = newUpload();
  readonly #segments: Segment[] = [];
  #part: Part | undefined;
  #state: "open" | "failed" | "aborted" | "closed" = "open";
  #pending: Promise<void> = Promise.resolve();

  constructor(options: SwiftWriterOptions) {
    this.#options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    await this.#step(async () => {
      for (let done = 0; done < bytes.length; ) {
        // Full ones are sent when more comes, because the last one of an object may be full.
        if (this.#part?.body.isFull) await this.#putSegment(this.#part);
        this.#part ??= await this.#newPart();
        done += this.#part.append(bytes.subarray(done));
      }
    });
  }

  async close(): Promise<void> {
    await this.#step(async () => {
      const part = this.#part ?? (await this.#newPart());
      this.#part = part;
      if (this.#segments.length > 0) {
        await this.#putSegment(part);
        await this.#putManifest();
      } else {
        const { connection, memory, container, name, signal } = this.#options;
        await memory.send(() => putPart(connection, part, { container, name, signal }));
        this.#release();
      }
      this.#state = "closed";
    });
  }

  async abort(): Promise<void> {
    if (this.#state === "open") this.#state = "aborted";
    await this.#pending.catch(() => undefined);
    this.#release();
    if (this.#state === "closed") return;
    const { connection, container } = this.#options;
    // What cannot be removed now, `removeUnfinished` finds. Not by the signal, which may be why it is given up.
    for (const { name } of this.#segments.splice(0)) {
      const response = await connection.send({ method: "DELETE", container, name }).catch(() => undefined);
      await response?.body.cancel().catch(() => undefined);
    }
  }

  async #newPart(): Promise<Part> {
    const { memory, partSize, hashes } = this.#options;
    await memory.acquire();
    return new Part(partSize, hashes.md5());
  }

  async #putSegment(part: Part): Promise<void> {
    const { connection, memory, container, signal } = this.#options;
    if (this.#segments.length === SEGMENTS_MAX) throw this.#tooLarge();
    const name = segmentName({ name: this.#options.name, upload: this.#upload }, this.#segments.length);
    // Before it is known to be there: after a lost answer it may be.
    this.#segments.push({ name, md5: part.md5, size: part.body.length });
    await memory.send(() => putPart(connection, part, { container, name, signal }));
    this.#release();
  }

  async #putManifest(): Promise<void> {
    const { connection, container, name, signal } = this.#options;
    const rows = this.#segments.map(({ name: segment, md5, size }) => ({
      path: `/${container}/${segment}`,
      etag: md5,
      size_bytes: size,
    }));
    const body = toUtf8(JSON.stringify(rows));
    const response = await connection.send({
      method: "PUT",
      container,
      name,
      query: { "multipart-manifest": "put" },
      headers: { "content-type": "application/octet-stream", [UPLOAD_HEADER]: this.#upload },
      body,
      signal,
    });
    const what = `join ${rows.length} segments into object ${JSON.stringify(name)}`;
    await expectDone(response, connection.context("put", what));
  }

  #release(): void {
    if (this.#part === undefined) return;
    this.#part.body.clear();
    this.#part = undefined;
    this.#options.memory.release();
  }

  #tooLarge(): StorageError {
    const { name, partSize } = this.#options;
    return new StorageError(
      `Cannot put object ${JSON.stringify(name)}: it has more than ${SEGMENTS_MAX} segments of ${partSize} bytes; want larger segments`,
      { operation: "put" },
    );
  }

  /** Once a step has failed, the object is not what the caller wrote and must not be completed. */
  async #step(work: () => Promise<void>): Promise<void> {
    this.#check();
    try {
      this.#options.signal?.throwIfAborted();
      this.#pending = work();
      await this.#pending;
    } catch (error) {
      if (this.#state === "open") this.#state = "failed";
      throw error;
    }
  }

  #check(): void {
    if (this.#state === "open") return;
    throw new InvalidStateError(
      `Cannot go on writing object ${JSON.stringify(this.#options.name)}: its writer is ${this.#state}`,
    );
  }
}
