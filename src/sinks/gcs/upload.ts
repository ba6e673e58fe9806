/**
 * One object's resumable upload: a session takes parts that are multiples of 256 KiB, and the object appears with the
 * last one. If the server has stored only some of a part, the rest is sent again. The server checks the MD5 itself if
 * it is known at the start, as for an object of one part; otherwise it is checked here, and a wrong object is removed.
 */

import { orAborted } from "../../aborted.js";
import { IntegrityError, ObjectExistsError, StorageError } from "../../errors.js";
import type { Hashes, HttpResponse, RunningHash } from "../../ports.js";
import { hexToBase64 } from "../http/base64.js";
import { drain, readText } from "../http/body.js";
import { MemoryBody } from "../http/memory-body.js";
import { Part } from "../http/part.js";
import type { Upload } from "../http/part-writer.js";
import { HttpStatusError } from "../http/status.js";
import { type GcsConnection, type GcsRequest, parseDocument } from "./connection.js";

export interface GcsUploadOptions {
  readonly hashes: Hashes;
  readonly bucket: string;
  readonly name: string;
  /** Bytes of a part: a multiple of 256 KiB. */
  readonly partSize: number;
  readonly storageClass: string | undefined;
  /** Whether another object of that name is an error. */
  readonly isNew: boolean;
  readonly signal: AbortSignal | undefined;
}

const ANSWER_SIZE_MAX = 65_536;
/** How long an abort waits for the URL of a session that is being opened: without it the session cannot be ended. */
const SESSION_WAIT_MS = 400;

export class GcsUpload implements Upload {
  readonly what: string;
  readonly #connection: GcsConnection;
  readonly #options: GcsUploadOptions;
  readonly #md5: RunningHash;
  #session: string | undefined;
  /** The request that opens the session. The run's signal does not abort it: the server may have opened one already. */
  #beginning: Promise<string> | undefined;
  readonly #patience: AbortController = new AbortController();
  /** Bytes of the parts before the current one. */
  #sent = 0;

  constructor(connection: GcsConnection, options: GcsUploadOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#md5 = options.hashes.md5();
    this.what = `object ${JSON.stringify(options.name)} in container ${JSON.stringify(options.bucket)}`;
  }

  newPart(): Part {
    return new Part(this.#options.partSize, { md5: this.#md5 });
  }

  async sendPart({ bytes }: Part): Promise<void> {
    this.#session ??= await this.#begun(undefined);
    const answer = await this.#put(bytes, undefined);
    await drain(answer.body);
    if (answer.status !== 308) throw this.#failure("the server took a part for the whole");
    this.#sent += bytes.length;
  }

  async sendLast({ bytes }: Part): Promise<void> {
    const md5 = hexToBase64(this.#md5.hex());
    const isKnown = this.#session === undefined;
    this.#session ??= await this.#begun(md5);
    const answer = await this.#put(bytes, this.#sent + bytes.length).catch(async (error: unknown) => {
      if (!isRefused(error)) throw error;
      // Its own, by an attempt of which the answer was lost.
      if ((await this.#described("name,size,md5Hash"))?.md5Hash === md5) return undefined;
      throw new ObjectExistsError(this.what, { cause: error });
    });
    if (answer === undefined) return;
    const text = await readText(answer.body, ANSWER_SIZE_MAX);
    if (answer.status === 308) throw this.#failure("the server waits for more bytes than there are");
    const { md5Hash, generation, ...stored } = parseDocument(text, `put ${this.what}`);
    const size = String(this.#sent + bytes.length);
    if (!isKnown && md5Hash !== undefined && md5Hash !== md5) {
      await this.#removeGeneration(generation);
      throw this.#failure(`the server has bytes of MD5 "${md5Hash}", but the bytes sent have "${md5}"`);
    }
    if (md5Hash === md5 || (stored.name === this.#options.name && stored.size === size)) return;
    await this.#prove(size);
  }

  /** Looks for the object if the answer does not describe it: any proxy can answer 200. */
  async #prove(size: string): Promise<void> {
    if ((await this.#described("name,size"))?.size === size) return;
    throw this.#failure("the server acknowledged it without a checksum, but it is not there");
  }

  /** The object's description; `undefined` if there is none. */
  async #described(fields: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { bucket, name } = this.#options;
    const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
    const request = { ...this.#request("GET", "look for", path), query: { fields }, allowed: [404] };
    const answer = await this.#connection.send(request);
    const text = await readText(answer.body, ANSWER_SIZE_MAX);
    return answer.status === 404 ? undefined : parseDocument(text, `put ${this.what}`);
  }

  async abort(): Promise<void> {
    const session = this.#session ?? (await this.#begunSoon());
    if (session === undefined) return;
    // The run's signal is not passed on: it may be the reason for the abort. 499 means that the session has ended.
    const { signal: _, ...request } = this.#request("DELETE", "abort", session);
    await this.#connection.run({ ...request, allowed: [499] }).catch(() => undefined);
  }

  async #begun(md5Hash: string | undefined): Promise<string> {
    const { signal } = this.#options;
    signal?.throwIfAborted();
    this.#beginning = this.#begin(md5Hash);
    return await orAborted(this.#beginning, signal);
  }

  /** The URL of the session that is being opened, if the server answers in time. */
  async #begunSoon(): Promise<string | undefined> {
    const timer = setTimeout(() => this.#patience.abort(), SESSION_WAIT_MS);
    try {
      return await this.#beginning?.catch(() => undefined);
    } finally {
      clearTimeout(timer);
    }
  }

  async #begin(md5Hash: string | undefined): Promise<string> {
    const { bucket, name, storageClass, isNew } = this.#options;
    const path = `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
    const begin = {
      ...this.#request("POST", "put", path),
      signal: this.#patience.signal,
      query: { uploadType: "resumable", name, ...(isNew && { ifGenerationMatch: "0" }) },
      headers: { "x-upload-content-type": "application/octet-stream" },
      document: { name, contentType: "application/octet-stream", storageClass, md5Hash },
    };
    const { headers, body } = await this.#connection.send(begin).catch((error: unknown) => {
      throw isRefused(error) ? new ObjectExistsError(this.what, { cause: error }) : error;
    });
    await drain(body);
    if (headers.location !== undefined && URL.canParse(headers.location)) return headers.location;
    throw this.#failure("the server began an upload without saying where it goes on");
  }

  /** Sends the part; as long as the server has more of it each time, sends the rest again. */
  async #put(bytes: MemoryBody, total: number | undefined): Promise<HttpResponse> {
    for (let done = 0; ; ) {
      const answer = await this.#putFrom(bytes, done, total);
      const end = this.#sent + bytes.length;
      if (answer.status !== 308) return answer;
      const have = persisted(answer.headers) - this.#sent;
      if (this.#sent + have === end && total === undefined) return answer;
      await drain(answer.body);
      if (have <= done || this.#sent + have > end) {
        throw this.#failure(`the server has ${this.#sent + have} bytes of it after ${end} were sent`);
      }
      done = have;
    }
  }

  async #putFrom(bytes: MemoryBody, done: number, total: number | undefined): Promise<HttpResponse> {
    const first = this.#sent + done;
    const last = this.#sent + bytes.length - 1;
    const length = bytes.length - done;
    const range = length === 0 ? `bytes */${total}` : `bytes ${first}-${last}/${total ?? "*"}`;
    const body = length === 0 ? new Uint8Array(0) : done === 0 ? bytes : tailOf(bytes, done);
    return await this.#connection.send({
      ...this.#request("PUT", "put", this.#session!),
      headers: { "content-range": range, "content-length": String(length) },
      body,
      allowed: [308],
    });
  }

  /** Removes the generation of the object that this upload made, and no other. */
  async #removeGeneration(generation: unknown): Promise<void> {
    const { bucket, name } = this.#options;
    const path = `/storage/v1/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
    const query = typeof generation === "string" ? { generation } : {};
    await this.#connection
      .run({ ...this.#request("DELETE", "remove", path), query })
      .catch((cause: unknown) => {
        throw new IntegrityError(
          `Cannot remove ${this.what}: it holds other bytes than were sent; delete it`,
          {},
          { cause },
        );
      });
  }

  #failure(state: string): StorageError {
    return new StorageError(`Cannot put ${this.what}: ${state}`, { call: "put", status: "temporary" });
  }

  #request(method: GcsRequest["method"], call: string, path: string): GcsRequest {
    return { method, path, call, what: `${call} ${this.what}`, signal: this.#options.signal };
  }
}

/** Whether the server refuses a new object because its name is taken. */
function isRefused(error: unknown): boolean {
  return error instanceof HttpStatusError && error.httpStatus === 412;
}

/** Bytes of an upload that the server has: `Range: bytes=0-42` means 43, and no header means 0. */
function persisted(headers: HttpResponse["headers"]): number {
  const [, last] = /^bytes=0-([0-9]+)$/.exec(headers.range ?? "") ?? [];
  return last === undefined ? 0 : Number(last) + 1;
}

/** A part's bytes from `done` on, as a body that can be sent repeatedly. */
function tailOf(bytes: MemoryBody, done: number): MemoryBody {
  const tail = new MemoryBody(bytes.length - done);
  let position = 0;
  for (const slab of bytes.slabs()) {
    if (position + slab.length > done) tail.append(slab.subarray(Math.max(0, done - position)));
    position += slab.length;
  }
  return tail;
}
