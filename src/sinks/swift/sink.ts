/**
 * Objects in one account of OpenStack Swift, named as the reference system's Swift driver names them.
 *
 * Each request gets one attempt; temporary failures are marked so, and layers retry them. Only an expired token is
 * renewed here, because no layer has the credentials.
 *
 * Swift does not guarantee that listings are current: they may lag behind puts and removals while servers are down. A
 * removed object's segments are removed with it; those of a replaced large object stay until `removeUnfinished`.
 */

import { NotFoundError, StorageError, UsageError } from "../../errors.js";
import type { HttpResponse } from "../../ports.js";
import { BaseSink } from "../base-sink.js";
import { drain } from "../http/body.js";
import { BodyReader } from "../http/body-reader.js";
import { PartMemory } from "../http/part-memory.js";
import { PartWriter } from "../http/part-writer.js";
import type { HttpSinkOptions } from "../http/sink-options.js";
import { expectDone, expectSuccess } from "../http/status.js";
import { parseMoment } from "../moment.js";
import { checkContainer, checkObjectName } from "../names.js";
import { checkOffset } from "../offset.js";
import type {
  CreateOptions,
  NamingScheme,
  ObjectEntry,
  ObjectReader,
  ObjectWriter,
  OpenOptions,
  UnfinishedEntry,
} from "../sink.js";
import type { SwiftAuth } from "./auth.js";
import { SwiftConnection } from "./connection.js";
import { SWIFT_PART_SIZE, SWIFT_PARTS_MAX, SWIFT_READ_BUFFER_SIZE, SWIFT_SERVICE } from "./defaults.js";
import { SwiftDeletion } from "./deletion.js";
import { listRows } from "./listing.js";
import { etagCheck, sizeOf, uploadHeader } from "./object-info.js";
import { isSegment, segmentsPrefix, type Upload, uploadOf, uploadPrefix } from "./segments.js";
import { SwiftUpload } from "./upload.js";

/** Options of `SwiftSink`. */
export interface SwiftSinkOptions extends HttpSinkOptions {
  readonly auth: SwiftAuth;
  /** Maximum bytes of an object put in one request, and of a segment of a larger one. @default {52428800} */
  readonly partSize?: number | undefined;
  /** Parts in memory at once. @default {3} */
  readonly partsMax?: number | undefined;
  /** Storage policy of created containers (`backup_swift_create_storage_policy`). */
  readonly storagePolicy?: string | undefined;
  /** Maximum rows of a page of a listing; the server's own limit is usually 10 000. @default {10000} */
  readonly pageSize?: number | undefined;
}

/** Objects in the containers of OpenStack Swift. */
export class SwiftSink extends BaseSink {
  readonly service: string = SWIFT_SERVICE;
  readonly naming: NamingScheme = "hierarchical";
  readonly #options: SwiftSinkOptions;
  readonly #connection: SwiftConnection;
  readonly #deletion: SwiftDeletion;
  readonly #memory: PartMemory;
  /** Containers that are known to exist, so that not every object needs a request. */
  readonly #known = new Set<string>();

  constructor(options: SwiftSinkOptions) {
    const { partSize = SWIFT_PART_SIZE, partsMax = SWIFT_PARTS_MAX } = options;
    super({
      isRemote: true,
      bufferSize: partSize,
      readBufferSize: SWIFT_READ_BUFFER_SIZE,
      buffersMax: partsMax,
    });
    this.#options = options;
    this.#connection = new SwiftConnection(options);
    this.#deletion = new SwiftDeletion(this.#connection);
    this.#memory = new PartMemory(partsMax);
  }

  async createContainer(container: string): Promise<void> {
    checkSwiftContainer(container);
    // An existing container is left as it is: a request for a different policy would be refused.
    if (await this.#hasContainer(container)) return;
    const { storagePolicy, createsContainers = true } = this.#options;
    if (!createsContainers) {
      throw new NotFoundError(
        `Cannot use container ${JSON.stringify(container)}: it does not exist, and backup_create_containers is off`,
      );
    }
    const response = await this.#connection.send({
      method: "PUT",
      container,
      ...(storagePolicy === undefined ? {} : { headers: { "x-storage-policy": storagePolicy } }),
    });
    await expectDone(response, this.#context("create", `create container ${JSON.stringify(container)}`));
    this.#known.add(container);
  }

  /** Keeps the container: backups share it, and it has its owner's settings. */
  async removeContainer(container: string): Promise<void> {
    checkSwiftContainer(container);
  }

  async *containers(): AsyncIterable<string> {
    for await (const { name } of listRows(this.#connection, this.#page())) yield name;
  }

  async create(
    container: string,
    name: string,
    { signal, isNew = false }: CreateOptions = {},
  ): Promise<ObjectWriter> {
    checkNames(container, name);
    signal?.throwIfAborted();
    if (!this.#known.has(container) && !(await this.#hasContainer(container))) {
      throw new NotFoundError(
        `Cannot create an object: container ${JSON.stringify(container)} does not exist`,
      );
    }
    const { hashes } = this.#options;
    const upload = new SwiftUpload(this.#connection, {
      ...{ hashes, container, name, isNew, signal },
      partSize: this.bufferSize,
    });
    return new PartWriter(upload, { memory: this.#memory, signal });
  }

  async open(
    container: string,
    name: string,
    { offset = 0, signal }: OpenOptions = {},
  ): Promise<ObjectReader> {
    checkNames(container, name);
    checkOffset(offset, Number.MAX_SAFE_INTEGER);
    const headers = offset === 0 ? {} : { range: `bytes=${offset}-` };
    const response = await this.#connection.send({ method: "GET", container, name, headers, signal });
    const what = `object ${JSON.stringify(name)} in container ${JSON.stringify(container)}`;
    if (response.status === 416) return await this.#openAtEnd(container, name, { offset, signal, response });
    await expectSuccess(response, this.#context("open", `open ${what}`));
    const size = sizeOf(response.headers);
    if (size === undefined || (offset > 0 && response.status !== 206)) {
      await response.body.cancel();
      throw new StorageError(`Cannot open ${what}: the answer has no Content-Range`, {
        call: "open",
      });
    }
    const check = offset === 0 ? etagCheck(response.headers, this.#options.hashes.md5(), name) : undefined;
    return new BodyReader(response.body, { what, size, offset, signal, check });
  }

  async size(container: string, name: string): Promise<number | undefined> {
    checkNames(container, name);
    const response = await this.#head(container, name);
    return response === undefined ? undefined : sizeOf(response.headers);
  }

  async *list(container: string, prefix: string): AsyncIterable<ObjectEntry> {
    checkSwiftContainer(container);
    const rows = listRows(this.#connection, { container, prefix, ...this.#page() });
    for await (const { name, bytes, last_modified } of rows) {
      if (!isSegment(name)) yield { name, size: bytes, modifiedAt: parseMoment(last_modified) };
    }
  }

  /** Lists segments of complete large objects too: only a segment that belongs to no object shows a dead writer. */
  override async *listUnfinished(container: string, prefix: string): AsyncIterable<UnfinishedEntry> {
    checkSwiftContainer(container);
    const segments = { container, prefix: segmentsPrefix(prefix), ...this.#page() };
    for await (const { name, last_modified } of listRows(this.#connection, segments)) {
      const upload = uploadOf(name);
      if (upload !== undefined) yield { name: upload.name, modifiedAt: parseMoment(last_modified) };
    }
  }

  async remove(container: string, name: string): Promise<void> {
    checkNames(container, name);
    await this.#deletion.delete(container, name);
    await this.#removeUploads(container, segmentsPrefix(`${name}/`));
  }

  /** Removes the objects' segments too. */
  override async removeAll(container: string, names: readonly string[]): Promise<void> {
    checkSwiftContainer(container);
    if (names.length === 0) return;
    for (const name of names) checkNames(container, name);
    await this.#deletion.deleteAll(container, names);
    const removed = new Set(names);
    await this.#removeUploads(container, segmentsPrefix(commonPrefix(names)), ({ name }) =>
      removed.has(name),
    );
  }

  async removeUnfinished(container: string, prefix: string): Promise<void> {
    checkSwiftContainer(container);
    await this.#removeUploads(container, segmentsPrefix(prefix));
  }

  /** Removes the segments under `prefix` that belong to no complete object. */
  async #removeUploads(
    container: string,
    prefix: string,
    matches: (upload: Upload) => boolean = () => true,
  ): Promise<void> {
    const inUse = new Map<string, boolean>();
    const names: string[] = [];
    for await (const { name } of listRows(this.#connection, { container, prefix, ...this.#page() })) {
      const upload = uploadOf(name);
      if (upload === undefined || !matches(upload)) continue;
      const key = uploadPrefix(upload);
      if (!inUse.has(key)) inUse.set(key, await this.#isInUse(container, upload));
      if (inUse.get(key) === false) names.push(name);
    }
    await this.#deletion.deleteAll(container, names);
  }

  async #isInUse(container: string, { name, upload }: Upload): Promise<boolean> {
    const found = await this.#head(container, name);
    return found !== undefined && uploadHeader(found.headers) === upload;
  }

  async #openAtEnd(
    container: string,
    name: string,
    {
      offset,
      signal,
      response,
    }: Required<Pick<OpenOptions, "offset">> & {
      readonly signal: AbortSignal | undefined;
      readonly response: HttpResponse;
    },
  ): Promise<ObjectReader> {
    await drain(response.body);
    const size = await this.size(container, name);
    if (size === undefined) {
      throw new NotFoundError(`Cannot open object ${JSON.stringify(name)}: there is none any more`);
    }
    checkOffset(offset, size);
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    return new BodyReader(body, { what: `object ${JSON.stringify(name)}`, size, offset, signal });
  }

  async #hasContainer(container: string): Promise<boolean> {
    const response = await this.#connection.send({ method: "HEAD", container });
    await expectDone(response, this.#context("find", `find container ${JSON.stringify(container)}`), [404]);
    if (response.status === 404) return false;
    this.#known.add(container);
    return true;
  }

  async #head(container: string, name: string): Promise<HttpResponse | undefined> {
    const response = await this.#connection.send({ method: "HEAD", container, name });
    await expectDone(response, this.#context("find", `find object ${JSON.stringify(name)}`), [404]);
    return response.status === 404 ? undefined : response;
  }

  #context(call: string, what: string): ReturnType<SwiftConnection["context"]> {
    return this.#connection.context(call, what);
  }

  #page(): { readonly pageSize: number } {
    return { pageSize: this.#options.pageSize ?? 10_000 };
  }
}

/** The longest common prefix of the names. */
function commonPrefix(names: readonly string[]): string {
  const [first = ""] = names;
  let length = first.length;
  for (const name of names) while (!name.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** @throws UsageError also for a name with "/", which separates containers from objects */
function checkSwiftContainer(container: string): void {
  checkContainer(container);
  if (!container.includes("/")) return;
  throw new UsageError(`Cannot use container name ${JSON.stringify(container)}: want a name without "/"`);
}

function checkNames(container: string, name: string): void {
  checkSwiftContainer(container);
  checkObjectName(name);
  if (!isSegment(name)) return;
  throw new UsageError(
    `Cannot use object name ${JSON.stringify(name)}: segments of large objects have such names; want another`,
  );
}
