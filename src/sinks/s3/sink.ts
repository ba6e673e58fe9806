/**
 * Objects in buckets of an S3 server: AWS, Ceph's radosgw, Swift's s3api and others with the same XML API.
 *
 * Reads and puts are checked against the server's MD5, if it reports one. Every put is atomic. AWS has guaranteed read
 * after write since 2020, the others always have. Buckets belong to the operator: none is removed, and a scan covers
 * the repository's own bucket only.
 */

import { isAshlarError, NotFoundError } from "../../errors.js";
import type { HttpResponse } from "../../ports.js";
import { BaseSink } from "../base-sink.js";
import { drain } from "../http/body.js";
import { BodyReader } from "../http/body-reader.js";
import { PartMemory } from "../http/part-memory.js";
import { PartWriter } from "../http/part-writer.js";
import type { HttpSinkOptions } from "../http/sink-options.js";
import type { LockChange, ObjectLock } from "../lock.js";
import { checkObjectName, isObjectName } from "../names.js";
import { checkOffset } from "../offset.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
  UnfinishedEntry,
} from "../sink.js";
import { checkBucket, type S3Style } from "./address.js";
import { md5Check } from "./checksum.js";
import { S3Connection, type S3Request } from "./connection.js";
import { S3_PART_SIZE, S3_PARTS_MAX, S3_READ_BUFFER_SIZE, S3_REGION, S3_SERVICE } from "./defaults.js";
import { S3Deletion } from "./deletion.js";
import { s3CodeOf } from "./error.js";
import { listBuckets, listObjects, listUploads } from "./listing.js";
import { S3Locks } from "./lock.js";
import { ObjectPut } from "./put.js";
import type { S3CredentialSource } from "./signer.js";
import { type CustomerKey, customerKeyHeaders } from "./sse.js";
import { inspectStore } from "./traits.js";

/** Options of `S3Sink`. */
export interface S3SinkOptions extends HttpSinkOptions {
  readonly credentials: S3CredentialSource;
  /** URL of the server, without bucket. */
  readonly endpoint: string;
  /** @default {"us-east-1"} */
  readonly region?: string | undefined;
  /** @default {"path"} */
  readonly style?: S3Style | undefined;
  /** The repository's bucket, the only one that `containers` yields. @default {every bucket of the account} */
  readonly bucket?: string | undefined;
  /** Maximum bytes of one request, for an object or a part of a larger one: at least 5 MiB. @default {33554432} */
  readonly partSize?: number | undefined;
  /** Parts in memory at once. @default {4} */
  readonly partsMax?: number | undefined;
  /** Whether entity tags that are MD5s are compared. @default {true} */
  readonly verifyMd5?: boolean | undefined;
  readonly customerKey?: CustomerKey | undefined;
  /** Storage class of new objects, e.g. `STANDARD_IA`. @default {the server's} */
  readonly storageClass?: string | undefined;
  /** Whether new buckets have object lock, without which their objects can never be locked. @default {false} */
  readonly locksObjects?: boolean | undefined;
}

/** Objects in the buckets of an S3 server. */
export class S3Sink extends BaseSink {
  readonly service: string = S3_SERVICE;
  readonly naming: NamingScheme = "hierarchical";
  readonly #options: S3SinkOptions;
  readonly #style: S3Style;
  readonly #memory: PartMemory;
  readonly #connection: S3Connection;
  readonly #locks: S3Locks;
  readonly #deletion: S3Deletion;
  readonly #putHeaders: Readonly<Record<string, string>>;
  /** Buckets that have been seen to exist. */
  readonly #known = new Set<string>();

  constructor(options: S3SinkOptions) {
    const { endpoint, region = S3_REGION, style = "path", customerKey, storageClass } = options;
    super({
      isRemote: true,
      bufferSize: options.partSize ?? S3_PART_SIZE,
      readBufferSize: S3_READ_BUFFER_SIZE,
      buffersMax: options.partsMax ?? S3_PARTS_MAX,
    });
    this.#options = options;
    this.#style = style;
    this.#memory = new PartMemory(this.buffersMax);
    this.#putHeaders = storageClass === undefined ? {} : { "x-amz-storage-class": storageClass };
    this.#connection = new S3Connection({
      ...options,
      region,
      address: { endpoint, style },
      customerKeyHeaders: customerKey && customerKeyHeaders(customerKey, options.hashes),
    });
    this.#locks = new S3Locks(this.#connection);
    this.#deletion = new S3Deletion(this.#connection, this.#locks);
  }

  async createContainer(container: string): Promise<void> {
    checkBucket(container, this.#style);
    if (await this.#isThere(container)) return;
    const { createsContainers = true, region = S3_REGION, locksObjects = false } = this.#options;
    if (!createsContainers) throw missing(container, "create it, or let backup_create_containers be True");
    const document =
      region === S3_REGION
        ? undefined
        : `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
    try {
      await this.#connection.run({
        ...bucketRequest("PUT", "create", container),
        ...(locksObjects && { headers: { "x-amz-bucket-object-lock-enabled": "true" } }),
        ...(document === undefined ? {} : { body: this.#connection.text(document) }),
      });
    } catch (error) {
      // Another process created it first.
      if (s3CodeOf(error) !== "BucketAlreadyOwnedByYou") throw error;
    }
    this.#known.add(container);
  }

  /** Keeps the bucket: it has settings of its own, and other processes may be about to put objects. */
  async removeContainer(container: string): Promise<void> {
    checkBucket(container, this.#style);
  }

  async *containers(): AsyncIterable<string> {
    const { bucket } = this.#options;
    if (bucket === undefined) {
      for (const name of await listBuckets(this.#connection, this.#style)) yield name;
    } else {
      checkBucket(bucket, this.#style);
      if (!(await this.#isThere(bucket))) throw missing(bucket, "create it, or name another");
      yield bucket;
    }
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    this.#checkNames(container, name);
    signal?.throwIfAborted();
    if (!this.#known.has(container) && !(await this.#isThere(container, signal))) {
      throw missing(container, "create it");
    }
    const put = new ObjectPut(this.#connection, {
      hashes: this.#options.hashes,
      verifyMd5: this.#options.verifyMd5 ?? true,
      headers: this.#putHeaders,
      partSize: this.bufferSize,
      bucket: container,
      key: name,
      isNew,
      signal,
    });
    return new PartWriter(put, { memory: this.#memory, signal });
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    this.#checkNames(container, name);
    signal?.throwIfAborted();
    const request: S3Request = { ...objectRequest("GET", "read", { container, name }), signal };
    if (!Number.isSafeInteger(offset) || offset < 0) {
      checkOffset(offset, await this.#sizeThere(request));
    }
    const headers = offset === 0 ? {} : { range: `bytes=${offset}-` };
    try {
      const response = await this.#connection.send({ ...request, headers });
      return await this.#reader(request, response, offset);
    } catch (error) {
      if (s3CodeOf(error) !== "InvalidRange") throw error;
      const size = await this.#sizeThere(request);
      checkOffset(offset, size);
      return this.#emptyReader(request, size);
    }
  }

  async size(container: string, name: string): Promise<number | undefined> {
    this.#checkNames(container, name);
    try {
      return await this.#sizeThere(objectRequest("HEAD", "look at", { container, name }));
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    checkBucket(container, this.#style);
    try {
      const objects = listObjects(this.#connection, { bucket: container, prefix });
      for await (const { key, size, modifiedAt } of objects) {
        if (isObjectName(key) && key.startsWith(prefix)) yield { name: key, size, modifiedAt };
      }
    } catch (error) {
      if (s3CodeOf(error) !== "NoSuchBucket") throw error;
    }
  }

  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    checkBucket(container, this.#style);
    try {
      const uploads = listUploads(this.#connection, { bucket: container, prefix });
      for await (const { key, initiatedAt } of uploads)
        if (key.startsWith(prefix)) yield { name: key, modifiedAt: initiatedAt };
    } catch (error) {
      if (!isAshlarError(error, "not-found")) throw error;
    }
  }

  override async canLock(container: string): Promise<boolean> {
    checkBucket(container, this.#style);
    const isThere = this.#known.has(container) || (await this.#isThere(container));
    return isThere ? await this.#locks.isEnabled(container) : this.#options.locksObjects === true;
  }

  override async lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    this.#checkNames(container, name);
    if (!(await this.#locks.isEnabled(container))) return undefined;
    return await this.#locks.lockOf({ bucket: container, key: name });
  }

  override async lock(container: string, name: string, change: LockChange): Promise<void> {
    this.#checkNames(container, name);
    await this.#locks.lock({ bucket: container, key: name }, change);
  }

  async remove(container: string, name: string): Promise<void> {
    this.#checkNames(container, name);
    await this.#deletion.delete(container, name);
  }

  override async removeAll(container: string, names: readonly string[]): Promise<void> {
    checkBucket(container, this.#style);
    for (const name of names) checkObjectName(name);
    await this.#deletion.deleteAll(container, names);
  }

  async removeUnfinished(container: string, prefix: string): Promise<void> {
    checkBucket(container, this.#style);
    const uploads: S3Request[] = [];
    try {
      for await (const { key, uploadId } of listUploads(this.#connection, { bucket: container, prefix })) {
        if (!key.startsWith(prefix)) continue;
        const request = objectRequest("DELETE", "abort the upload of", { container, name: key });
        uploads.push({ ...request, isOfObject: false, query: { uploadId } });
      }
    } catch (error) {
      if (!isAshlarError(error, "not-found")) throw error;
    }
    for (const upload of uploads) {
      await this.#connection.run(upload).catch((error: unknown) => {
        // Completed or aborted meanwhile.
        if (!isAshlarError(error, "not-found")) throw error;
      });
    }
  }

  override inspect(container: string, name: string): Promise<StoreTraits> {
    this.#checkNames(container, name);
    return inspectStore(this.#connection, { bucket: container, key: name, locks: this.#locks });
  }

  async #reader(request: S3Request, response: HttpResponse, offset: number): Promise<ObjectReader> {
    const { headers, status, body } = response;
    if (offset > 0 && status !== 206) {
      await body.cancel();
      throw this.#connection.failure(request, "the server ignores the range that was asked for", {
        status: "permanent",
      });
    }
    const size = sizeOf(headers, status) ?? (await this.#sizeThere(request));
    const { hashes, verifyMd5 = true } = this.#options;
    const isVerified = offset === 0 && verifyMd5;
    const check = isVerified ? md5Check(headers, hashes, request.key ?? "") : undefined;
    return new BodyReader(body, { what: shown(request), size, offset, signal: request.signal, check });
  }

  #emptyReader(request: S3Request, size: number): ObjectReader {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    return new BodyReader(body, { what: shown(request), size, offset: size, signal: request.signal });
  }

  /** @throws NotFoundError */
  async #sizeThere(request: S3Request): Promise<number> {
    const response = await this.#connection.send({ ...request, method: "HEAD" });
    await drain(response.body);
    const size = sizeOf(response.headers, response.status);
    if (size !== undefined) return size;
    throw this.#connection.failure(request, "the server does not report its size", { status: "permanent" });
  }

  async #isThere(container: string, signal?: AbortSignal): Promise<boolean> {
    try {
      await this.#connection.run({ ...bucketRequest("HEAD", "look at", container), signal });
      this.#known.add(container);
      return true;
    } catch (error) {
      if (isAshlarError(error, "not-found")) return false;
      throw error;
    }
  }

  #checkNames(container: string, name: string): void {
    checkBucket(container, this.#style);
    checkObjectName(name);
  }
}

/** Bytes of the whole object. */
function sizeOf(headers: HttpResponse["headers"], status: number): number | undefined {
  const text = status === 206 ? headers["content-range"]?.split("/")[1] : headers["content-length"];
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}

function bucketRequest(method: S3Request["method"], call: string, container: string): S3Request {
  return {
    method,
    what: `${call} container ${JSON.stringify(container)}`,
    call,
    bucket: container,
  };
}

function objectRequest(
  method: S3Request["method"],
  call: string,
  { container, name }: { container: string; name: string },
): S3Request {
  const request = { method, call, bucket: container, key: name, isOfObject: true };
  return { ...request, what: `${call} ${shown(request)}` };
}

function shown({ bucket, key }: Pick<S3Request, "bucket" | "key">): string {
  return `object ${JSON.stringify(key)} in container ${JSON.stringify(bucket)}`;
}

function missing(container: string, wanted: string): NotFoundError {
  return new NotFoundError(`Cannot use container ${JSON.stringify(container)}: there is none; ${wanted}`);
}
