/**
 * Backups in a bucket, looked after from an edge worker next to it, within 128 MiB:
 *
 *     POST /verify/ID         reads the backup back and checks every block; answers when it is done
 *     GET  /                  a page with the backups; /backups has them as JSON
 *     GET  /backups/ID.img    the raw image of the volume, or ranges of it
 *
 * One fetch handler for workerd (by `worker.ts`, which brings the kernels), Deno (`deno serve`) and Bun (`bun run`).
 */
import { ImageMemory, imageHandler } from "../../src/image/index.js";
import {
  isAshlarError,
  openRepository,
  portableRuntime,
  type Repository,
  type Runtime,
  StorageError,
  verifyBackup,
} from "../../src/index.js";
import { loadHashes } from "../../src/kernels/index.js";
import { openSink, webSinkHost } from "../../src/sinks/index.js";

/** From the worker's bindings, or the environment. */
export interface EdgeSettings {
  readonly S3_ENDPOINT: string;
  readonly S3_BUCKET: string;
  readonly S3_REGION?: string;
  readonly S3_ACCESS_KEY_ID: string;
  readonly S3_SECRET_ACCESS_KEY: string;
  /** What clients have to send, as a bearer, or as the password of any user. */
  readonly TOKEN: string;
}

const MIB = 2 ** 20;
/** Requests that read an image at once; each has a memory of its own, because none may read what another has opened. */
const IMAGES_AT_ONCE = 4;
const IMAGE_MEMORY = { cacheSize: 4 * MIB, openObjectsMax: 2, decodersSize: 20 * MIB };
const VERIFICATIONS_AT_ONCE = 1;

interface Site {
  readonly runtime: Runtime;
  readonly repository: Repository;
  readonly images: (request: Request) => Promise<Response>;
}

let opened: Promise<Site> | undefined;
let verificationCount = 0;

async function answer(request: Request, bindings?: Partial<EdgeSettings>): Promise<Response> {
  const settings = settingsOf(bindings);
  opened ??= openSite(settings);
  const site = await opened;
  const id = /^\/verify\/([0-9a-f-]{36})$/.exec(new URL(request.url).pathname)?.[1];
  // The handler of the images asks for the token, and is asked first.
  const response = await site.images(id === undefined ? request : asked(request));
  if (id === undefined || response.status === 401) return withLength(response);
  await response.body?.cancel();
  if (request.method !== "POST")
    return new Response("POST is wanted\n", { status: 405, headers: { allow: "POST" } });
  return await verify(site, id, request.signal);
}

/** A request that tells whether somebody may read, and costs nothing. */
function asked(request: Request): Request {
  const authorization = request.headers.get("authorization");
  const headers = authorization === null ? {} : { authorization };
  return new Request(new URL("/nothing", request.url), { headers });
}

async function openSite(settings: EdgeSettings): Promise<Site> {
  const [runtime, hashes] = await Promise.all([portableRuntime(), loadHashes()]);
  const url = `s3://${settings.S3_BUCKET}?endpoint=${encodeURIComponent(settings.S3_ENDPOINT)}`;
  const options = {
    backup_s3_region: settings.S3_REGION,
    backup_s3_store_access_key: settings.S3_ACCESS_KEY_ID,
    backup_s3_store_secret_key: settings.S3_SECRET_ACCESS_KEY,
  };
  const { sink } = await openSink(url, options, webSinkHost({ hashes }));
  const repository = await openRepository(sink, { hashes });
  const images = imageHandler(repository, { memory: memories(runtime), token: settings.TOKEN });
  return { runtime, repository, images };
}

/** A memory for each request, as long as there are not too many. */
function memories(runtime: Runtime): () => Promise<ImageMemory> {
  let count = 0;
  return async () => {
    if (count === IMAGES_AT_ONCE) {
      const state = `${count} requests are read for already`;
      throw new StorageError(`Cannot read an image now: ${state}`, {
        call: "read",
        status: "temporary",
      });
    }
    count++;
    const memory = await ImageMemory.create({ runtime, ...IMAGE_MEMORY });
    const close = memory.close.bind(memory);
    memory.close = async () => {
      count--;
      await close();
    };
    return memory;
  };
}

async function verify({ repository, runtime }: Site, id: string, signal: AbortSignal): Promise<Response> {
  if (verificationCount === VERIFICATIONS_AT_ONCE)
    return Response.json(
      { error: "another backup is being verified" },
      { status: 503, headers: { "retry-after": "30" } },
    );
  verificationCount++;
  try {
    const chain = await repository.openChain(id);
    const { volumeSize, accountedPeak, memory } = await verifyBackup(chain, {
      runtime,
      concurrentObjects: 1,
      signal,
    });
    const memoryUse = { memory_accounted: memory.accounted, memory_peak: accountedPeak };
    return Response.json({ id, verified: true, volume_size: volumeSize, ...memoryUse });
  } catch (error) {
    if (!isAshlarError(error)) throw error;
    const status = error.code === "not-found" ? 404 : error.code === "integrity" ? 200 : 503;
    return Response.json({ id, verified: false, error: error.message }, { status });
  } finally {
    verificationCount--;
  }
}

/** workerd sends a body without its length, unless the stream is of a kind that has one. */
function withLength(response: Response): Response {
  const length = response.headers.get("content-length");
  const { FixedLengthStream: Fixed } = globalThis as unknown as WorkerdGlobals;
  if (Fixed === undefined || response.body === null || length === null) return response;
  return new Response(response.body.pipeThrough(new Fixed(BigInt(length))), response);
}

interface WorkerdGlobals {
  readonly FixedLengthStream?: new (length: bigint) => TransformStream<Uint8Array, Uint8Array>;
}

/** Deno and Bun call the handler with something else in the place of bindings. */
function settingsOf(bindings: Partial<EdgeSettings> | undefined): EdgeSettings {
  const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  const given: Partial<EdgeSettings> = bindings?.S3_BUCKET === undefined ? (environment ?? {}) : bindings;
  const { S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, TOKEN } = given;
  const missing = Object.entries({ S3_ENDPOINT, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, TOKEN })
    .filter(([, value]) => value === undefined || value === "")
    .map(([name]) => name);
  if (missing.length > 0) throw new Error(`Cannot start: ${missing.join(", ")} must be set`);
  return given as EdgeSettings;
}

// biome-ignore lint/style/noDefaultExport: that is where workerd, Deno and Bun look for the handler
export default { fetch: answer };
