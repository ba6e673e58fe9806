/** The requests that put one object, whole or in parts, and the proof that the server has it. */

import { isAshlarError, ObjectExistsError, type StorageError } from "../../errors.js";
import type { Hashes, HttpResponse } from "../../ports.js";
import type { Part } from "../http/part.js";
import type { Upload } from "../http/part-writer.js";
import { newS3Part, type S3Body } from "./body.js";
import { contradicts, md5Of, provesPut, tagOfParts, unquoted } from "./checksum.js";
import type { S3Connection, S3Request } from "./connection.js";
import { S3Error, s3CodeOf } from "./error.js";
import { escapeXml, textOf } from "./xml.js";

export interface ObjectPutOptions {
  readonly hashes: Hashes;
  readonly bucket: string;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly verifyMd5: boolean;
  readonly partSize: number;
  /** Whether another object of that key is an error. */
  readonly isNew: boolean;
  readonly signal: AbortSignal | undefined;
}

/** S3's limit of parts in one object. */
const PARTS_MAX = 10_000;

const PRECONDITION_FAILED = 412;
const NOT_IMPLEMENTED = 501;

interface SentPart {
  readonly md5: string;
  readonly tag: string;
  /** Whether the tag is the part's MD5; if not, the whole object's tag is no checksum either. */
  readonly isTagged: boolean;
}

export class ObjectPut implements Upload {
  readonly what: string;
  readonly #connection: S3Connection;
  readonly #options: ObjectPutOptions;
  readonly #parts: SentPart[] = [];
  #size = 0;
  #uploadId: string | undefined;

  constructor(connection: S3Connection, options: ObjectPutOptions) {
    this.#connection = connection;
    this.#options = options;
    this.what = `object ${JSON.stringify(options.key)} in container ${JSON.stringify(options.bucket)}`;
  }

  newPart(): Part {
    return newS3Part(this.#options.partSize, this.#connection.bodyOptions);
  }

  async sendPart(part: Part): Promise<void> {
    await this.#putPart(part);
  }

  /** @throws StorageError (temporary) if the server has bytes other than those sent */
  async sendLast(part: Part): Promise<void> {
    if (this.#uploadId === undefined) return await this.#putWhole(part);
    await this.#putPart(part);
    await this.#complete();
  }

  async #putWhole(body: S3Body): Promise<void> {
    const { headers } = this.#options;
    this.#size = body.bytes.length;
    const put = { ...this.#request("PUT", "put"), headers, body };
    const answer = await this.#unlessTaken(put, (request) => this.#connection.run(request), body.md5);
    if (answer === undefined) return;
    this.#check(answer, body);
    if (provesPut(answer, this.#options.verifyMd5)) return;
    await this.#prove((headers) => [undefined, body.md5].includes(this.#md5Of(headers)));
  }

  async #putPart(body: S3Body): Promise<void> {
    this.#uploadId ??= await this.#begin();
    const partNumber = this.#parts.length + 1;
    if (partNumber > PARTS_MAX) {
      const state = `it has more than ${PARTS_MAX} parts; raise backup_s3_part_size, or lower backup_s3_object_size`;
      throw this.#connection.failure(this.#request("PUT", "put"), state, { status: "permanent" });
    }
    const query = { partNumber: String(partNumber), uploadId: this.#uploadId };
    const answer = await this.#connection.run({ ...this.#request("PUT", "put"), query, body });
    this.#check(answer, body);
    const isTagged = md5Of(answer) !== undefined;
    this.#parts.push({ md5: body.md5, tag: answer.etag ?? `"${body.md5}"`, isTagged });
    this.#size += body.bytes.length;
  }

  /** Completes the object from its parts. */
  async #complete(): Promise<void> {
    const query = { uploadId: this.#uploadId ?? "" };
    const request = {
      ...this.#request("POST", "complete"),
      ...{ query, isOfObject: false, body: this.#connection.text(this.#list()) },
    };
    // radosgw 16.2 takes no notice of conditions on a completion, unlike on a put.
    if (this.#options.isNew && (await this.#lookFor()) !== undefined) throw new ObjectExistsError(this.what);
    try {
      const root = await this.#unlessTaken(request, (completion) => this.#connection.document(completion));
      if (root === undefined) return;
      if (root.name !== "CompleteMultipartUploadResult")
        throw this.#connection.failure(request, `the server answered with "${root.name}"`, {
          status: "temporary",
        });
      // A proxy cannot know the tag, and would not repeat the key.
      const isProven = this.#isWhole(textOf(root, "ETag")) || textOf(root, "Key") === this.#options.key;
      if (!isProven) await this.#prove(({ etag }) => this.#mayBeWhole(etag));
    } catch (error) {
      // When the request is repeated after a lost answer, the server no longer knows the upload.
      if (s3CodeOf(error) !== "NoSuchUpload" || !(await this.#isThere(({ etag }) => this.#mayBeWhole(etag))))
        throw error;
    }
  }

  /**
   * Sends a request that makes the object visible, on the condition that its name is free if the object must be new.
   * Resolves to `undefined` if the object is there already, by an attempt of which the answer was lost.
   * @throws ObjectExistsError
   */
  async #unlessTaken<T>(
    request: S3Request,
    send: (request: S3Request) => Promise<T>,
    md5?: string,
  ): Promise<T | undefined> {
    if (!this.#options.isNew) return await send(request);
    try {
      return await send({ ...request, headers: { ...request.headers, "if-none-match": "*" } });
    } catch (error) {
      const status = error instanceof S3Error ? error.httpStatus : undefined;
      // The server has no conditional requests.
      if (status === NOT_IMPLEMENTED) return await send(request);
      if (status !== PRECONDITION_FAILED) throw error;
      const isOwn = await this.#isThere((headers) =>
        md5 === undefined ? this.#isOfParts(headers.etag) : md5Of(headers) === md5,
      );
      if (isOwn) return undefined;
      throw new ObjectExistsError(this.what, { cause: error });
    }
  }

  #isOfParts(tag: string | undefined): boolean {
    return unquoted(tag) === tagOfParts(this.#md5s(), this.#options.hashes);
  }

  /** Looks for the object, if the answer to its put does not prove that it exists. */
  async #prove(hasItsTag: (headers: HttpResponse["headers"]) => boolean): Promise<void> {
    if (await this.#isThere(hasItsTag)) return;
    const state = "the server acknowledged it without a checksum, but it is not there";
    throw this.#connection.failure(this.#request("PUT", "put"), state, { status: "temporary" });
  }

  /** Removes the stored parts; never rejects. */
  async abort(): Promise<void> {
    if (this.#uploadId === undefined) return;
    // The run's signal is not passed on: it may be the reason for the abort.
    const { signal: _, ...request } = this.#request("DELETE", "abort");
    await this.#connection
      .run({ ...request, isOfObject: false, query: { uploadId: this.#uploadId } })
      .catch(() => undefined);
  }

  async #begin(): Promise<string> {
    const { headers } = this.#options;
    const request = { ...this.#request("POST", "put"), query: { uploads: "" }, headers };
    const uploadId = textOf(await this.#connection.document(request), "UploadId");
    if (uploadId !== undefined && uploadId !== "") return uploadId;
    throw this.#connection.failure(request, "the server began an upload without an id", {
      status: "permanent",
    });
  }

  #list(): string {
    const parts = this.#parts.map(
      ({ tag }, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${escapeXml(tag)}</ETag></Part>`,
    );
    const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
    return `<CompleteMultipartUpload xmlns="${namespace}">${parts.join("")}</CompleteMultipartUpload>`;
  }

  /** Whether the stored object has the size and the tag of the one that was put. */
  async #isThere(hasItsTag: (headers: HttpResponse["headers"]) => boolean): Promise<boolean> {
    const headers = await this.#lookFor();
    if (headers === undefined) return false;
    const isOfStore = headers.etag !== undefined;
    return isOfStore && Number(headers["content-length"]) === this.#size && hasItsTag(headers);
  }

  /** What the store has under the name; `undefined` if nothing. */
  async #lookFor(): Promise<HttpResponse["headers"] | undefined> {
    try {
      return await this.#connection.run(this.#request("HEAD", "look for"));
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }

  #md5Of(headers: HttpResponse["headers"]): string | undefined {
    return this.#options.verifyMd5 ? md5Of(headers) : undefined;
  }

  #check(headers: HttpResponse["headers"], { md5 }: S3Body): void {
    const stored = this.#md5Of(headers);
    if (stored !== undefined && stored !== md5) throw this.#otherBytes(stored, md5);
  }

  /** Whether the tag proves that the object has these parts. @throws StorageError if it proves others */
  #isWhole(tag: string | undefined): boolean {
    const { hashes, verifyMd5 } = this.#options;
    if (!verifyMd5) return unquoted(tag) !== "";
    const expected = tagOfParts(this.#md5s(), hashes);
    if (!this.#mayBeWhole(tag)) throw this.#otherBytes(unquoted(tag), expected);
    return unquoted(tag) === expected;
  }

  #mayBeWhole(tag: string | undefined): boolean {
    const { hashes, verifyMd5 } = this.#options;
    return !verifyMd5 || !this.#areTagged() || !contradicts(tag, this.#md5s(), hashes);
  }

  #areTagged(): boolean {
    return this.#parts.every(({ isTagged }) => isTagged);
  }

  #md5s(): string[] {
    return this.#parts.map(({ md5 }) => md5);
  }

  #otherBytes(stored: string, sent: string): StorageError {
    const state = `the server has bytes of MD5 "${stored}", but the bytes sent have "${sent}"`;
    return this.#connection.failure(this.#request("PUT", "put"), state, { status: "temporary" });
  }

  #request(method: S3Request["method"], call: string): S3Request {
    const { bucket, key, signal } = this.#options;
    return { method, what: `${call} ${this.what}`, call, bucket, key, signal, isOfObject: true };
  }
}
