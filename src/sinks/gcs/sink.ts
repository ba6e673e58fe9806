/**
 * Objects in buckets of Google Cloud Storage, over its JSON API, named as the reference system's driver names them.
 *
 * Puts are checked against the server's MD5, reads against its MD5 or CRC-32C. Lists and reads see a put at once, as
 * Google guarantees. Unfinished uploads appear in no listing, cost nothing and expire after a week. Buckets are never
 * removed, and a scan covers the repository's own bucket only.
 */

import { isAshlarError, NotFoundError, StorageError, UsageError } from "../../errors.js";
import type { HttpResponse } from "../../ports.js";
import { sideBySide } from "../../side-by-side.js";
import { BaseSink } from "../base-sink.js";
import { drain } from "../http/body.js";
import { BodyReader } from "../http/body-reader.js";
import { PartMemory } from "../http/part-memory.js";
import { PartWriter } from "../http/part-writer.js";
import type { HttpSinkOptions } from "../http/sink-options.js";
import type { LockChange, ObjectLock } from "../lock.js";
import { parseMoment } from "../moment.js";
import { checkContainer, checkObjectName, isObjectName } from "../names.js";
import { checkOffset } from "../offset.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectWriter,
  OpenOptions,
  StoreTraits,
} from "../sink.js";
import type { GcsAuth } from "./auth.js";
import { checksumCheck } from "./checksum.js";
import { GcsConnection, type GcsRequest } from "./connection.js";
import { GCS_PART_SIZE, GCS_PARTS_MAX, GCS_READ_BUFFER_SIZE, GCS_SERVICE, GCS_UNIT } from "./defaults.js";
import { listItems, sizeOfItem } from "./listing.js";
import { GcsLocks } from "./lock.js";
import { bucketPath, type ObjectLocation, ofBucket, ofObject, request, shown } from "./requests.js";
import { inspectStore } from "./traits.js";
import { GcsUpload } from "./upload.js";
import { isGcsBucket } from "./url.js";

/** Options of `GcsSink`. */
export interface GcsSinkOptions extends HttpSinkOptions {
  readonly auth: GcsAuth;
  /** @default {"https://storage.googleapis.com"} */
  readonly endpoint?: string | undefined;
  /** The project in which buckets are created and listed. */
  readonly project?: string | undefined;
  /** The repository's bucket, the only one that `containers` yields. @default {every bucket of the project} */
  readonly bucket?: string | undefined;
  /** Location of created buckets. @default {"US"} */
  readonly location?: string | undefined;
  /** Storage class of new objects and buckets. @default {for objects, the bucket's} */
  readonly storageClass?: string | undefined;
  /** Bytes of a part of an upload: a multiple of 256 KiB. @default {8388608} */
  readonly partSize?: number | undefined;
  /** Parts in memory at once. @default {6} */
  readonly partsMax?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Whether buckets are created with retention of single objects, so that they can be locked. @default {false} */
  readonly locksObjects?: boolean | undefined;
  /** Maximum rows of a page of a listing. @default {1000} */
  readonly pageSize?: number | undefined;
}

const REMOVALS_AT_ONCE = 16;

/** Objects in the buckets of Google Cloud Storage, over its JSON API. */
export class GcsSink extends BaseSink {
  readonly service: string = GCS_SERVICE;
  readonly naming: NamingScheme = "hierarchical";
  readonly #options: GcsSinkOptions;
  readonly #connection: GcsConnection;
  readonly #memory: PartMemory;
  readonly #locks: GcsLocks;
  /** Buckets that have been seen to exist. */
  readonly #known = new Set<string>();

  /** @throws UsageError for a part size that is not a multiple of 256 KiB */
  constructor(options: GcsSinkOptions) {
    const { partSize = GCS_PART_SIZE, partsMax = GCS_PARTS_MAX } = options;
    if (partSize < GCS_UNIT || partSize % GCS_UNIT !== 0) {
      throw new UsageError(`Cannot upload in parts of ${partSize} bytes: want a multiple of ${GCS_UNIT}`);
    }
    super({
      isRemote: true,
      bufferSize: partSize,
      readBufferSize: GCS_READ_BUFFER_SIZE,
      buffersMax: partsMax,
    });
    this.#options = options;
    this.#memory = new PartMemory(partsMax);
    this.#connection = new GcsConnection(options);
    this.#locks = new GcsLocks(this.#connection);
  }

  async createContainer(container: string): Promise<void> {
    checkBucket(container);
    if (await this.#isThere(container)) return;
    const { project, location = "US", storageClass, createsContainers = true } = this.#options;
    if (!createsContainers) throw missing(container, "create it, or let backup_create_containers be True");
    if (project === undefined) throw missing(container, "create it, or name a project to make it in");
    await this.#connection.run({
      ...request("POST", "create", `container ${JSON.stringify(container)}`),
      path: "/storage/v1/b",
      query: { project, ...(this.#options.locksObjects && { enableObjectRetention: "true" }) },
      document: { name: container, location, storageClass },
      // Another process created it first, or another account owns it; in that case puts will fail.
      allowed: [409],
    });
    this.#known.add(container);
  }

  /** Keeps the bucket: it has settings of its own, and other processes may be about to put objects. */
  async removeContainer(container: string): Promise<void> {
    checkBucket(container);
  }

  async *containers(): AsyncIterable<string> {
    const { bucket, project } = this.#options;
    if (bucket !== undefined) {
      if (!(await this.#isThere(bucket))) throw missing(bucket, "create it, or name another");
      yield bucket;
      return;
    }
    if (project === undefined) throw new UsageError("Cannot list containers: want a bucket, or a project");
    const buckets: GcsRequest = {
      ...request("GET", "list", "the containers"),
      path: "/storage/v1/b",
      query: { project, maxResults: this.#pageSize(), fields: "nextPageToken,items(name)" },
    };
    for await (const { name } of listItems(this.#connection, buckets)) {
      if (typeof name === "string" && isGcsBucket(name)) yield name;
    }
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    checkNames({ container, name });
    signal?.throwIfAborted();
    if (!this.#known.has(container) && !(await this.#isThere(container, signal))) {
      throw missing(container, "create it");
    }
    const { hashes, storageClass } = this.#options;
    const upload = new GcsUpload(this.#connection, {
      ...{ hashes, storageClass, name, isNew, signal },
      bucket: container,
      partSize: this.bufferSize,
    });
    return new PartWriter(upload, { memory: this.#memory, signal });
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    const location = { container, name };
    checkNames(location);
    checkOffset(offset, Number.MAX_SAFE_INTEGER);
    signal?.throwIfAborted();
    const response = await this.#connection.send({
      ...ofObject("GET", "read", location),
      query: { alt: "media" },
      headers: offset === 0 ? {} : { range: `bytes=${offset}-` },
      allowed: [416],
      signal,
    });
    if (response.status === 416) return await this.#openAtEnd(location, response, { offset, signal });
    const size = sizeOf(response.headers) ?? (await this.#sizeThere(location));
    if (offset > 0 && response.status !== 206) {
      await response.body.cancel();
      throw new StorageError(
        `Cannot read ${shown(location)}: the server ignores the range that was asked for`,
        {
          call: "read",
        },
      );
    }
    const check = offset === 0 ? checksumCheck(response.headers, this.#options.hashes, name) : undefined;
    return new BodyReader(response.body, { what: shown(location), size, offset, signal, check });
  }

  async size(container: string, name: string): Promise<number | undefined> {
    const location = { container, name };
    checkNames(location);
    try {
      return await this.#sizeThere(location);
    } catch (error) {
      if (isAshlarError(error, "not-found")) return undefined;
      throw error;
    }
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    checkBucket(container);
    const objects: GcsRequest = {
      ...request("GET", "list", `container ${JSON.stringify(container)}`),
      path: `${bucketPath(container)}/o`,
      query: { prefix, maxResults: this.#pageSize(), fields: "nextPageToken,items(name,size,updated)" },
    };
    try {
      for await (const item of listItems(this.#connection, objects)) {
        const size = sizeOfItem(item);
        const { name, updated } = item;
        if (typeof name !== "string" || size === undefined) continue;
        if (isObjectName(name) && name.startsWith(prefix))
          yield { name, size, modifiedAt: parseMoment(updated) };
      }
    } catch (error) {
      if (!isAshlarError(error, "not-found")) throw error;
    }
  }

  async remove(container: string, name: string): Promise<void> {
    const location = { container, name };
    checkNames(location);
    try {
      await this.#connection.run({ ...ofObject("DELETE", "remove", location), allowed: [404] });
    } catch (error) {
      throw (await this.#locks.refusal(location, error)) ?? error;
    }
  }

  override async canLock(container: string): Promise<boolean> {
    const isThere = this.#known.has(container) || (await this.#isThere(container));
    return isThere ? await this.#locks.isEnabled(container) : this.#options.locksObjects === true;
  }

  override async lockOf(container: string, name: string): Promise<ObjectLock | undefined> {
    checkNames({ container, name });
    return await this.#locks.lockOf({ container, name });
  }

  override async lock(container: string, name: string, change: LockChange): Promise<void> {
    checkNames({ container, name });
    await this.#locks.lock({ container, name }, change);
  }

  /** Sends one request per object, several at once: Google bills and limits a batch request like its parts. */
  override async removeAll(container: string, names: readonly string[]): Promise<void> {
    checkBucket(container);
    for (const name of names) checkObjectName(name);
    await sideBySide(names, REMOVALS_AT_ONCE, (name) => this.remove(container, name));
  }

  /** Does nothing: unfinished uploads cannot be listed. */
  async removeUnfinished(container: string, _prefix: string): Promise<void> {
    checkBucket(container);
  }

  override inspect(container: string, name: string): Promise<StoreTraits> {
    checkNames({ container, name });
    return inspectStore(this.#connection, { container, name, locks: this.#locks });
  }

  async #openAtEnd(
    location: ObjectLocation,
    response: HttpResponse,
    { offset, signal }: { readonly offset: number; readonly signal: AbortSignal | undefined },
  ): Promise<ObjectReader> {
    await drain(response.body);
    const size = await this.#sizeThere(location);
    checkOffset(offset, size);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    return new BodyReader(body, { what: shown(location), size, offset: size, signal });
  }

  /** @throws NotFoundError */
  async #sizeThere(location: ObjectLocation): Promise<number> {
    const item = await this.#connection.document({
      ...ofObject("GET", "look at", location),
      query: { fields: "size" },
    });
    const size = sizeOfItem(item);
    if (size !== undefined) return size;
    throw new StorageError(`Cannot look at ${shown(location)}: the server does not report its size`, {
      call: "look at",
    });
  }

  async #isThere(container: string, signal?: AbortSignal): Promise<boolean> {
    checkBucket(container);
    const look = ofBucket("GET", "look at", container);
    const { status } = await this.#connection.run({
      ...look,
      query: { fields: "name" },
      allowed: [404],
      signal,
    });
    if (status !== 404) this.#known.add(container);
    return status !== 404;
  }

  #pageSize(): string {
    return String(this.#options.pageSize ?? 1000);
  }
}

/** Bytes of the whole object. */
function sizeOf(headers: HttpResponse["headers"]): number | undefined {
  const total = /\/([0-9]+)$/.exec(headers["content-range"] ?? "")?.[1] ?? headers["content-length"];
  return total !== undefined && /^[0-9]+$/.test(total) ? Number(total) : undefined;
}

/** @throws UsageError */
function checkBucket(container: string): void {
  checkContainer(container);
  if (isGcsBucket(container)) return;
  const wanted = "small letters, digits, dots, hyphens and underscores, 3 to 63 of them";
  throw new UsageError(`Cannot use container name ${JSON.stringify(container)}: want ${wanted}`);
}

function checkNames({ container, name }: ObjectLocation): void {
  checkBucket(container);
  checkObjectName(name);
}

function missing(container: string, wanted: string): NotFoundError {
  return new NotFoundError(`Cannot use container ${JSON.stringify(container)}: there is none; ${wanted}`);
}
