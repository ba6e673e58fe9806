/**
 * The requests that put one object. An object that fits into a part is put in one request, as in the reference system.
 * A larger one becomes a static large object: segments of the size of a part, and a manifest that joins them. The
 * manifest is put last, which makes the whole object visible at once.
 */

import { toUtf8 } from "../../bytes.js";
import { ObjectExistsError, StorageError } from "../../errors.js";
import type { Hashes } from "../../ports.js";
import { Part } from "../http/part.js";
import type { Upload } from "../http/part-writer.js";
import { expectDone } from "../http/status.js";
import type { SwiftConnection } from "./connection.js";
import { sizeOf } from "./object-info.js";
import { putPart } from "./put.js";
import { newUpload, segmentName, UPLOAD_HEADER } from "./segments.js";

export interface SwiftUploadOptions {
  readonly hashes: Hashes;
  /** Maximum bytes of an object put in one request, and of a segment. */
  readonly partSize: number;
  readonly container: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  /** Whether another object of that name is an error. */
  readonly isNew: boolean;
}

interface Segment {
  readonly name: string;
  readonly md5: string;
  readonly size: number;
}

/** Swift's `max_manifest_segments`. */
const SEGMENTS_MAX = 1000;
const PRECONDITION_FAILED = 412;

export class SwiftUpload implements Upload {
  readonly what: string;
  readonly #connection: SwiftConnection;
  readonly #options: SwiftUploadOptions;
  readonly #upload: string = newUpload();
  readonly #segments: Segment[] = [];

  constructor(connection: SwiftConnection, options: SwiftUploadOptions) {
    this.#connection = connection;
    this.#options = options;
    this.what = `object ${JSON.stringify(options.name)} in container ${JSON.stringify(options.container)}`;
  }

  newPart(): Part {
    const { partSize, hashes } = this.#options;
    return new Part(partSize, { md5: hashes.md5() });
  }

  async sendPart(part: Part): Promise<void> {
    const { container, signal } = this.#options;
    if (this.#segments.length === SEGMENTS_MAX) throw this.#tooLarge();
    const name = segmentName({ name: this.#options.name, upload: this.#upload }, this.#segments.length);
    // Recorded before the put, because the segment may exist even if the answer is lost.
    this.#segments.push({ name, md5: part.md5, size: part.bytes.length });
    await putPart(this.#connection, part, { container, name, signal });
  }

  async sendLast(part: Part): Promise<void> {
    const { container, name, signal, isNew } = this.#options;
    if (this.#segments.length === 0)
      return await putPart(this.#connection, part, { container, name, signal, isNew });
    await this.sendPart(part);
    await this.#putManifest();
  }

  /** Ignores the signal, which may be why it is called. `removeUnfinished` finds segments that it could not remove. */
  async abort(): Promise<void> {
    const { container } = this.#options;
    for (const { name } of this.#segments.splice(0)) {
      const response = await this.#connection
        .send({ method: "DELETE", container, name })
        .catch(() => undefined);
      await response?.body.cancel().catch(() => undefined);
    }
  }

  async #putManifest(): Promise<void> {
    const { container, name, signal } = this.#options;
    const rows = this.#segments.map(({ name: segment, md5, size }) => ({
      path: `/${container}/${segment}`,
      etag: md5,
      size_bytes: size,
    }));
    const response = await this.#connection.send({
      method: "PUT",
      container,
      name,
      query: { "multipart-manifest": "put" },
      headers: {
        "content-type": "application/octet-stream",
        [UPLOAD_HEADER]: this.#upload,
        ...(this.#options.isNew && { "if-none-match": "*" }),
      },
      body: toUtf8(JSON.stringify(rows)),
      signal,
    });
    const what = `join ${rows.length} segments into object ${JSON.stringify(name)}`;
    await expectDone(response, this.#connection.context("put", what), [PRECONDITION_FAILED]);
    if (response.status === PRECONDITION_FAILED) return await this.#expectOwn();
    if (response.headers.etag?.replaceAll('"', "") !== this.#tag()) await this.#prove(what);
  }

  /** @throws ObjectExistsError unless the object is this upload's, by an attempt of which the answer was lost */
  async #expectOwn(): Promise<void> {
    const { container, name, signal } = this.#options;
    const response = await this.#connection.send({ method: "HEAD", container, name, signal });
    await expectDone(response, this.#connection.context("put", `look for ${this.what}`), [404]);
    if (response.headers[UPLOAD_HEADER] !== this.#upload) throw new ObjectExistsError(this.what);
  }

  /** Looks for the joined object: any proxy can answer 200 or 204, and not every server has Swift's tags. */
  async #prove(what: string): Promise<void> {
    const { container, name, signal } = this.#options;
    const response = await this.#connection.send({ method: "HEAD", container, name, signal });
    await expectDone(response, this.#connection.context("put", what), [404]);
    const { headers, status } = response;
    const size = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
    if (status !== 404 && headers[UPLOAD_HEADER] === this.#upload && sizeOf(headers) === size) return;
    throw new StorageError(`Cannot ${what}: the server acknowledged it, but it is not there`, {
      call: "put",
      status: "temporary",
    });
  }

  /** A static large object's tag: the MD5 of its segments' MD5s, written as text. */
  #tag(): string {
    const md5 = this.#options.hashes.md5();
    md5.update(toUtf8(this.#segments.map((segment) => segment.md5).join("")));
    return md5.hex();
  }

  #tooLarge(): StorageError {
    const { name, partSize } = this.#options;
    return new StorageError(
      `Cannot put object ${JSON.stringify(name)}: it has more than ${SEGMENTS_MAX} segments of ${partSize} bytes; want larger segments`,
      { call: "put" },
    );
  }
}
