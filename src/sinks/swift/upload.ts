/**
 * The requests that put one object. What fits into a part is put in one request, as the reference system does it. A larger
 * one becomes a static large object: segments of the size of a part, and a manifest that joins them, which is put last and
 * makes the object seen at once and whole.
 */

import { toUtf8 } from "../../bytes.js";
import { StorageError } from "../../errors.js";
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
    // Before it is known to be there: after a lost answer it may be.
    this.#segments.push({ name, md5: part.md5, size: part.bytes.length });
    await putPart(this.#connection, part, { container, name, signal });
  }

  async sendLast(part: Part): Promise<void> {
    const { container, name, signal } = this.#options;
    if (this.#segments.length === 0)
      return await putPart(this.#connection, part, { container, name, signal });
    await this.sendPart(part);
    await this.#putManifest();
  }

  /** What cannot be removed now, `removeUnfinished` finds. The signal does not apply: it may be the reason for this. */
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
      headers: { "content-type": "application/octet-stream", [UPLOAD_HEADER]: this.#upload },
      body: toUtf8(JSON.stringify(rows)),
      signal,
    });
    const what = `join ${rows.length} segments into object ${JSON.stringify(name)}`;
    await expectDone(response, this.#connection.context("put", what));
    if (response.headers.etag?.replaceAll('"', "") !== this.#tag()) await this.#prove(what);
  }

  /** Looks for the joined object: anything on the way can answer 200 or 204, and not every server has Swift's tags. */
  async #prove(what: string): Promise<void> {
    const { container, name, signal } = this.#options;
    const response = await this.#connection.send({ method: "HEAD", container, name, signal });
    await expectDone(response, this.#connection.context("put", what), [404]);
    const { headers, status } = response;
    const size = this.#segments.reduce((sum, segment) => sum + segment.size, 0);
    if (status !== 404 && headers[UPLOAD_HEADER] === this.#upload && sizeOf(headers) === size) return;
    throw new StorageError(`Cannot ${what}: the server acknowledged it, and it is not there`, {
      operation: "put",
      status: "temporary",
    });
  }

  /** Of a static large object: the MD5 of the text of its segments' MD5s. */
  #tag(): string {
    const md5 = this.#options.hashes.md5();
    md5.update(toUtf8(this.#segments.map((segment) => segment.md5).join("")));
    return md5.hex();
  }

  #tooLarge(): StorageError {
    const { name, partSize } = this.#options;
    return new StorageError(
      `Cannot put object ${JSON.stringify(name)}: it has more than ${SEGMENTS_MAX} segments of ${partSize} bytes; want larger segments`,
      { operation: "put" },
    );
  }
}
