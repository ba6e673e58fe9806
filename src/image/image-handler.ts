/**
 * The images of a repository over HTTP, as a function from `Request` to `Response`, which any server of the web
 * platform accepts:
 *
 *     const handler = imageHandler(await openRepository(sink), { memory });
 *
 *     GET /                   an HTML page
 *     GET /backups            the backups, as JSON
 *     GET /backups/ID.img     the raw image of the volume, or ranges of it
 *
 * It only reads. All bytes are verified by `VolumeImage`. If that fails in the middle, the body ends before its length,
 * which clients recognize as a failure.
 */
import type { Chain } from "../chain/chain.js";
import type { Repository, RepositoryBackup } from "../chain/repository.js";
import { isAshlarError } from "../errors.js";
import { indexJson, indexPage } from "./image-index.js";
import type { ImageMemory } from "./image-memory.js";
import { imageResponse } from "./image-response.js";
import { hasToken } from "./image-token.js";
import { VolumeImage } from "./volume-image.js";

/** Options of `imageHandler`. */
export interface ImageHandlerOptions {
  /**
   * The memory of all images together; or a function that makes the memory of one request. Requests then share no open
   * resources, which runtimes such as workerd require: there no request may read what another has opened.
   */
  readonly memory: ImageMemory | (() => Promise<ImageMemory>);
  /** Required of clients as `Authorization: Bearer`, or as the password of `Basic`. @default {everyone may read} */
  readonly token?: string | undefined;
  /** Prefix of the paths above, without a slash at its end. @default {""} */
  readonly basePath?: string | undefined;
  /** Called with read errors; a disconnected client is not one. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Answers one request for a volume image; called by a server or an edge worker. */
export type ImageHandler = (request: Request) => Promise<Response>;

/** Number of chains whose manifests are kept in memory. */
const IMAGES_MAX = 8;
const METHODS = ["GET", "HEAD"];
/** The page needs its own style, and nothing else. */
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Makes a fetch handler that serves the backups of a repository as raw images, with HTTP ranges. */
export function imageHandler(repository: Repository, options: ImageHandlerOptions): ImageHandler {
  const images = new OpenImages(repository, options.memory);
  return async (request) => {
    const { token, onError } = options;
    if (token !== undefined && !hasToken(request, token)) return refused();
    if (!METHODS.includes(request.method))
      return textResponse(405, `${request.method} is not served`, { allow: METHODS.join(", ") });
    try {
      return await answer(request, { ...options, repository, images });
    } catch (error) {
      if (request.signal.aborted) return new Response(null, { status: 499 });
      const response = failed(error);
      if (response.status >= 500) onError?.(error);
      return response;
    }
  };
}

interface Site extends ImageHandlerOptions {
  readonly repository: Repository;
  readonly images: OpenImages;
}

async function answer(
  request: Request,
  { repository, images, basePath = "", onError }: Site,
): Promise<Response> {
  const { origin, pathname } = new URL(request.url);
  const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : undefined;
  const base = origin + basePath;
  if (path === "/") {
    const headers = { "content-security-policy": PAGE_POLICY };
    return text(request, indexPage(await list(repository, request.signal), base), "text/html", headers);
  }
  if (path === "/backups") {
    return text(request, indexJson(await list(repository, request.signal), base), "application/json");
  }
  const id = /^\/backups\/([^/]+)\.img$/.exec(path ?? "")?.[1];
  if (id === undefined) return textResponse(404, `there is nothing at ${pathname}`);
  return await images.use(decodeURIComponent(id), (image, onEnd) =>
    imageResponse(request, image, { onError, onEnd }),
  );
}

async function list(repository: Repository, signal: AbortSignal): Promise<RepositoryBackup[]> {
  const backups: RepositoryBackup[] = [];
  for await (const backup of repository.backups({ signal })) backups.push(backup);
  return backups;
}

/** The most recently used images. Opening one reads the manifests of its chain, and checks its objects. */
class OpenImages {
  readonly #repository: Repository;
  readonly #memory: ImageHandlerOptions["memory"];
  readonly #images = new Map<string, VolumeImage>();

  constructor(repository: Repository, memory: ImageHandlerOptions["memory"]) {
    this.#repository = repository;
    this.#memory = memory;
  }

  /** @param work returns a response whose body, if there is one, calls `onEnd` at its end */
  async use(
    backupId: string,
    work: (image: VolumeImage, onEnd: () => Promise<void>) => Promise<Response>,
  ): Promise<Response> {
    const isOwn = typeof this.#memory === "function";
    const memory = typeof this.#memory === "function" ? await this.#memory() : this.#memory;
    const onEnd = async (): Promise<void> => {
      if (isOwn) await memory.close();
    };
    try {
      const image = this.#images.get(backupId)?.in(memory) ?? (await this.#open(backupId, memory));
      this.#remember(backupId, image);
      const response = await work(image, onEnd);
      if (response.body === null) await onEnd();
      return response;
    } catch (error) {
      // Next time the image is opened again: it may have been repaired, or deleted.
      if (isAshlarError(error)) this.#images.delete(backupId);
      await onEnd();
      throw error;
    }
  }

  #remember(backupId: string, image: VolumeImage): void {
    this.#images.delete(backupId);
    this.#images.set(backupId, image);
    for (const oldest of this.#images.keys()) {
      if (this.#images.size <= IMAGES_MAX) break;
      this.#images.delete(oldest);
    }
  }

  async #open(backupId: string, memory: ImageMemory): Promise<VolumeImage> {
    const reopen = async (): Promise<Chain> => await this.#repository.openChain(backupId);
    return await VolumeImage.open(await reopen(), memory, { reopen });
  }
}

function text(request: Request, body: string, type: string, headers: Record<string, string> = {}): Response {
  const all = {
    ...headers,
    "cache-control": "no-store",
    "content-type": `${type}; charset=utf-8`,
    "x-content-type-options": "nosniff",
  };
  return new Response(request.method === "HEAD" ? null : body, { headers: all });
}

function textResponse(status: number, message: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };
  return new Response(`${message}\n`, { status, headers: { ...headers, ...type } });
}

function refused(): Response {
  const challenge = 'Basic realm="volume images", charset="UTF-8", Bearer realm="volume images"';
  return textResponse(401, "a token is required", { "www-authenticate": challenge });
}

function failed(error: unknown): Response {
  const message = error instanceof Error ? error.message : String(error);
  if (isAshlarError(error, "not-found")) return textResponse(404, message);
  if (error instanceof URIError) return textResponse(400, message);
  const isTemporary = isAshlarError(error) && error.status === "temporary";
  return isTemporary ? textResponse(503, message, { "retry-after": "5" }) : textResponse(500, message);
}
