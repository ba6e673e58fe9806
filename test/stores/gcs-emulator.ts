/**
 * Google Cloud Storage's JSON interface, as much of it as a backup uses, and as strict as the real one is documented to be:
 * tokens must be live, claims signed by the service account's key, ranges must add up, parts count in 256 KiB, checksums
 * that were told must be the bytes' own, and lists come in pages.
 */
import { createHash, createPublicKey, randomUUID, verify } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { startLoopbackServer } from "../helpers/loopback-server.js";
import { crc32c } from "./crc32c.js";

export interface GcsEmulatorOptions {
  /** PEM of the public key that claims are verified with; claims are refused without one. */
  readonly publicKey?: string | undefined;
  readonly clientEmail?: string | undefined;
  /** Seconds that a token lasts. @default {3600} */
  readonly tokenLife?: number;
  /** Rows of a page at most, whatever is asked for. @default {1000} */
  readonly pageSize?: number;
  /** Whether objects have no MD5, as those that were composed. @default {false} */
  readonly hidesMd5?: boolean;
  /** Time by which objects are retained, milliseconds of the epoch. @default {Date.now} */
  readonly now?: () => number;
}

export interface GcsEmulator {
  readonly url: string;
  /** "POST /token" and so on, without queries. */
  readonly requests: readonly string[];
  /** A token that is good from now on. */
  grant(): string;
  /** Ends every token. */
  revokeTokens(): void;
  /** Keeps only this many bytes of the next part that comes, as after a cut connection. */
  keepOfNextPart(size: number): void;
  /** Changes a byte of the next object that is completed, and says the checksum of the changed bytes. */
  damageNext(): void;
  /** Sessions that are neither complete nor aborted. */
  sessionCount(): number;
  /** Names of all objects of a bucket. */
  objectNames(bucket: string): readonly string[];
  stop(): Promise<void>;
}

interface StoredObject {
  readonly bytes: Buffer;
  /** Of the bytes, found once: lists tell them of every object. */
  readonly crc32c: string;
  readonly md5Hash: string;
  readonly updated: string;
  readonly generation: string;
  readonly storageClass: string;
  retention?: Retention;
  temporaryHold?: boolean;
}

interface Retention {
  readonly mode: "Locked" | "Unlocked";
  readonly retainUntilTime: string;
}

interface Bucket {
  readonly location: string;
  /** Whether its objects can be retained. */
  readonly hasRetention: boolean;
  readonly objects: Map<string, StoredObject>;
}

interface Session {
  readonly bucket: string;
  readonly name: string;
  readonly md5Hash: string | undefined;
  readonly storageClass: string;
  pieces: Buffer[];
  size: number;
  /** The answer, once it is complete. */
  done?: object;
}

const UNIT = 256 * 1024;

/** A refusal with a status of HTTP. */
class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, message: string, reason = "invalid") {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

export async function startGcsEmulator(options: GcsEmulatorOptions = {}): Promise<GcsEmulator> {
  const state = new GcsState(options);
  const server = await startLoopbackServer((request, response) => {
    state.answer(request, response).catch((error: unknown) => refuse(response, error));
  });
  state.url = server.url;
  return {
    url: state.url,
    requests: state.requests,
    grant: () => state.grant(),
    revokeTokens: () => state.tokens.clear(),
    keepOfNextPart(size) {
      state.keptOfNextPart = size;
    },
    damageNext() {
      state.isDamaging = true;
    },
    sessionCount: () => [...state.sessions.values()].filter(({ done }) => done === undefined).length,
    objectNames: (bucket) => state.objectNames(bucket),
    stop: () => server[Symbol.asyncDispose](),
  };
}

/** Where the sites of `GcsSites` are, each below a name of its own. */
const SITE = /^(\/gcs\/[^/]+)(\/.*)$/;

/** Any number of emulators on somebody else's server, each made by its first request: `/gcs/NAME`, with one token. */
export class GcsSites {
  readonly #token: string;
  readonly #states = new Map<string, GcsState>();

  constructor(token: string) {
    this.#token = token;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, path = "", rest = ""] = SITE.exec(request.url ?? "") ?? [];
    const state = this.#states.get(path) ?? new GcsState({ pageSize: 7 });
    this.#states.set(path, state);
    state.path = path;
    state.url = `http://${request.headers.host}`;
    state.tokens.set(this.#token, Number.POSITIVE_INFINITY);
    request.url = rest;
    await state.answer(request, response).catch((error: unknown) => refuse(response, error));
  }
}

/** Refuses to remove, or to replace, an object under retention or on hold. */
function requireFree({ retention, temporaryHold }: StoredObject, what: string, now: number): void {
  if (temporaryHold === true)
    throw new Refusal(403, `Object '${what}' is under active Temporary hold.`, "forbidden");
  if (retention !== undefined && Date.parse(retention.retainUntilTime) > now)
    throw new Refusal(403, `Object '${what}' is subject to object retention.`, "retentionPolicyNotMet");
}

function refuse(response: ServerResponse, error: unknown): void {
  const { status, message, reason } =
    error instanceof Refusal ? error : new Refusal(500, String(error), "backendError");
  sendJson(response, status, { error: { code: status, message, errors: [{ message, reason }] } });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json; charset=UTF-8",
    "content-length": Buffer.byteLength(text),
  });
  response.end(text);
}

class GcsState {
  readonly #options: GcsEmulatorOptions;
  readonly #buckets = new Map<string, Bucket>();
  /** When each ends, milliseconds of the epoch. */
  readonly tokens = new Map<string, number>();
  readonly sessions = new Map<string, Session>();
  readonly requests: string[] = [];
  url = "";
  /** What stands before the interface's own paths. */
  path = "";
  keptOfNextPart: number | undefined;
  isDamaging = false;
  #generation = 1;

  constructor(options: GcsEmulatorOptions) {
    this.#options = options;
  }

  #now(): number {
    return this.#options.now?.() ?? Date.now();
  }

  objectNames(bucket: string): readonly string[] {
    return [...(this.#buckets.get(bucket)?.objects.keys() ?? [])].sort();
  }

  grant(): string {
    const token = `ya29.${randomUUID()}`;
    this.tokens.set(token, Date.now() + 1000 * (this.#options.tokenLife ?? 3600));
    return token;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "", this.url);
    this.requests.push(`${request.method} ${url.pathname}`);
    const body = await bodyOf(request);
    if (url.pathname === "/token") {
      this.#exchangeClaim(request, body, response);
      return;
    }
    if (url.pathname === "/computeMetadata/v1/instance/service-accounts/default/token") {
      if (request.headers["metadata-flavor"] !== "Google") throw new Refusal(403, "no Metadata-Flavor");
      sendJson(response, 200, this.#newToken());
      return;
    }
    this.#checkToken(request);
    const [, uploadPath] = /^\/upload\/storage\/v1\/b\/([^/]+)\/o$/.exec(url.pathname) ?? [];
    if (uploadPath !== undefined) {
      return this.#upload(request, url, { body, response, bucket: decodeURIComponent(uploadPath) });
    }
    const [, bucket, isList, name] =
      /^\/storage\/v1\/b(?:\/([^/]+)(\/o)?(?:\/(.+))?)?$/.exec(url.pathname) ?? [];
    if (!url.pathname.startsWith("/storage/v1/b")) throw new Refusal(404, "Not Found", "notFound");
    if (bucket === undefined) {
      this.#service(request, url, { body, response });
      return;
    }
    const location = decodeURIComponent(bucket);
    if (isList === undefined) {
      this.#bucket(request, location, response);
      return;
    }
    if (name === undefined) {
      this.#list(url, location, response);
      return;
    }
    this.#object(request, url, { body, response, bucket: location, name: decodeURIComponent(name) });
  }

  #newToken(): object {
    return { access_token: this.grant(), expires_in: this.#options.tokenLife ?? 3600, token_type: "Bearer" };
  }

  #exchangeClaim(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
    const form = new URLSearchParams(body.toString());
    const [header = "", claim = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const { publicKey, clientEmail } = this.#options;
    const fields = JSON.parse(Buffer.from(claim, "base64url").toString() || "{}") as Record<string, unknown>;
    const { alg } = JSON.parse(Buffer.from(header, "base64url").toString() || "{}") as Record<
      string,
      unknown
    >;
    const now = Date.now() / 1000;
    const isGood =
      request.method === "POST" &&
      form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer" &&
      alg === "RS256" &&
      publicKey !== undefined &&
      verify(
        "RSA-SHA256",
        Buffer.from(`${header}.${claim}`),
        createPublicKey(publicKey),
        Buffer.from(signature, "base64url"),
      ) &&
      fields.iss === clientEmail &&
      fields.aud === `${this.url}/token` &&
      String(fields.scope).includes("devstorage") &&
      Math.abs(now - Number(fields.iat)) < 300 &&
      Number(fields.exp) - Number(fields.iat) <= 3600;
    if (!isGood) {
      sendJson(response, 400, { error: "invalid_grant", error_description: "Invalid JWT Signature." });
      return;
    }
    sendJson(response, 200, this.#newToken());
  }

  #checkToken(request: IncomingMessage): void {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    const end = token === undefined ? undefined : this.tokens.get(token);
    if (end === undefined || end < Date.now()) throw new Refusal(401, "Invalid Credentials", "authError");
  }

  #find(bucket: string): Bucket {
    const found = this.#buckets.get(bucket);
    if (found === undefined) throw new Refusal(404, "The specified bucket does not exist.", "notFound");
    return found;
  }

  #service(
    request: IncomingMessage,
    url: URL,
    { body, response }: { body: Buffer; response: ServerResponse },
  ): void {
    if (!url.searchParams.has("project")) throw new Refusal(400, "Required parameter: project", "required");
    if (request.method === "GET") {
      const names = [...this.#buckets.keys()].sort();
      const items = names.map((name) => ({ name }));
      sendJson(response, 200, this.#page(url, items));
      return;
    }
    const { name, location = "US" } = JSON.parse(body.toString()) as { name: string; location?: string };
    if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/.test(name))
      throw new Refusal(400, `Invalid bucket name: '${name}'`);
    if (this.#buckets.has(name)) throw new Refusal(409, "You already own this bucket.", "conflict");
    const hasRetention = url.searchParams.get("enableObjectRetention") === "true";
    this.#buckets.set(name, { location, hasRetention, objects: new Map() });
    sendJson(response, 200, { kind: "storage#bucket", name, location });
  }

  #bucket(request: IncomingMessage, name: string, response: ServerResponse): void {
    const bucket = this.#find(name);
    if (request.method === "GET") {
      const retained = bucket.hasRetention ? { objectRetention: { mode: "Enabled" } } : {};
      sendJson(response, 200, { name, location: bucket.location, ...retained });
      return;
    }
    if (bucket.objects.size > 0)
      throw new Refusal(409, "The bucket you tried to delete is not empty.", "conflict");
    this.#buckets.delete(name);
    response.writeHead(204).end();
  }

  #list(url: URL, bucket: string, response: ServerResponse): void {
    const prefix = url.searchParams.get("prefix") ?? "";
    const names = [...this.#find(bucket).objects.keys()].filter((name) => name.startsWith(prefix)).sort();
    const items = names.map((name) => this.#resource(bucket, name));
    sendJson(response, 200, this.#page(url, items));
  }

  /** One page; its token is where the next begins. */
  #page(url: URL, items: readonly object[]): object {
    const size = Math.min(Number(url.searchParams.get("maxResults") ?? 1000), this.#options.pageSize ?? 1000);
    const from = Number(Buffer.from(url.searchParams.get("pageToken") ?? "", "base64").toString() || 0);
    const page = items.slice(from, from + size);
    const isLast = from + size >= items.length;
    return {
      ...(page.length === 0 ? {} : { items: page }),
      ...(isLast ? {} : { nextPageToken: Buffer.from(String(from + size)).toString("base64") }),
    };
  }

  #resource(bucket: string, name: string): object {
    const { bytes, generation, storageClass, updated, retention, temporaryHold, ...sums } =
      this.#find(bucket).objects.get(name)!;
    const md5 = this.#options.hidesMd5 ? {} : { md5Hash: sums.md5Hash };
    return {
      bucket,
      name,
      generation,
      storageClass,
      size: String(bytes.length),
      crc32c: sums.crc32c,
      timeCreated: updated,
      updated,
      ...md5,
      ...(retention !== undefined && { retention }),
      ...(temporaryHold !== undefined && { temporaryHold }),
    };
  }

  #object(
    request: IncomingMessage,
    url: URL,
    {
      body,
      response,
      bucket,
      name,
    }: { body: Buffer; response: ServerResponse; bucket: string; name: string },
  ): void {
    const { objects } = this.#find(bucket);
    const found = objects.get(name);
    if (found === undefined) throw new Refusal(404, `No such object: ${bucket}/${name}`, "notFound");
    const generation = url.searchParams.get("generation");
    if (request.method === "DELETE") {
      if (generation !== null && generation !== found.generation)
        throw new Refusal(404, "No such object", "notFound");
      requireFree(found, `${bucket}/${name}`, this.#now());
      objects.delete(name);
      response.writeHead(204).end();
    } else if (request.method === "PATCH") {
      this.#change(found, this.#find(bucket), JSON.parse(body.toString()));
      sendJson(response, 200, this.#resource(bucket, name));
    } else if (url.searchParams.get("alt") === "media") this.#media(request, found, response);
    else sendJson(response, 200, this.#resource(bucket, name));
  }

  /** Extends what is retained, and refuses the rest as documented. */
  #change(
    object: StoredObject,
    { hasRetention }: Bucket,
    { retention, temporaryHold }: Pick<StoredObject, "retention" | "temporaryHold">,
  ): void {
    if (temporaryHold !== undefined) object.temporaryHold = temporaryHold;
    if (retention === undefined) return;
    if (!hasRetention) throw new Refusal(400, "The bucket does not have object retention enabled.");
    const present = object.retention;
    const until = Date.parse(retention.retainUntilTime);
    if (Number.isNaN(until) || until <= this.#now()) throw new Refusal(400, "retainUntilTime is in the past");
    const isWeaker =
      present !== undefined &&
      Date.parse(present.retainUntilTime) > this.#now() &&
      (until < Date.parse(present.retainUntilTime) ||
        (present.mode === "Locked" && retention.mode !== "Locked"));
    if (isWeaker) throw new Refusal(403, "Object retention cannot be weakened.", "forbidden");
    object.retention = retention;
  }

  #media(request: IncomingMessage, { bytes, ...sums }: StoredObject, response: ServerResponse): void {
    const [, first] = /^bytes=([0-9]+)-$/.exec(request.headers.range ?? "") ?? [];
    const hashes = [`crc32c=${sums.crc32c}`];
    if (!this.#options.hidesMd5) hashes.push(`md5=${sums.md5Hash}`);
    if (first !== undefined && Number(first) >= bytes.length) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}`, "content-length": 0 }).end();
      return;
    }
    const part = bytes.subarray(Number(first ?? 0));
    response.writeHead(first === undefined ? 200 : 206, {
      "content-type": "application/octet-stream",
      "content-length": part.length,
      "x-goog-hash": hashes,
      ...(first === undefined
        ? {}
        : { "content-range": `bytes ${first}-${bytes.length - 1}/${bytes.length}` }),
    });
    response.end(part);
  }

  #upload(
    request: IncomingMessage,
    url: URL,
    { body, response, bucket }: { body: Buffer; response: ServerResponse; bucket: string },
  ): void {
    const id = url.searchParams.get("upload_id");
    if (id !== null) {
      this.#continue(request, id, { body, response });
      return;
    }
    const { objects } = this.#find(bucket);
    const named = url.searchParams.get("name") ?? "";
    if (url.searchParams.get("ifGenerationMatch") === "0" && objects.has(named)) {
      throw new Refusal(
        412,
        "At least one of the pre-conditions you specified did not hold.",
        "conditionNotMet",
      );
    }
    if (url.searchParams.get("uploadType") === "media") {
      const object = { bucket, name: named, storageClass: "STANDARD", md5Hash: undefined };
      sendJson(response, 200, this.#store(object, body));
      return;
    }
    if (url.searchParams.get("uploadType") !== "resumable") throw new Refusal(400, "Invalid uploadType");
    const metadata = JSON.parse(body.toString()) as {
      name?: string;
      md5Hash?: string;
      storageClass?: string;
    };
    const name = metadata.name ?? named;
    if (name === "") throw new Refusal(400, "Required", "required");
    const session: Session = {
      ...{ bucket, name, md5Hash: metadata.md5Hash, pieces: [], size: 0 },
      storageClass: metadata.storageClass ?? "STANDARD",
    };
    const uploadId = randomUUID();
    this.sessions.set(uploadId, session);
    const path = `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
    const location = `http://${request.headers.host}${this.path}${path}?uploadType=resumable&name=${encodeURIComponent(name)}&upload_id=${uploadId}`;
    response.writeHead(200, { location, "content-length": 0 }).end();
  }

  #continue(
    request: IncomingMessage,
    id: string,
    { body, response }: { body: Buffer; response: ServerResponse },
  ): void {
    const session = this.sessions.get(id);
    if (session === undefined) throw new Refusal(404, "No such upload session", "notFound");
    if (request.method === "DELETE") {
      this.sessions.delete(id);
      response.writeHead(499, { "content-length": 0 }).end();
      return;
    }
    if (session.done !== undefined) {
      sendJson(response, 200, session.done);
      return;
    }
    const total = this.#take(session, request.headers["content-range"] ?? "", body);
    if (total !== session.size) {
      const range = session.size === 0 ? {} : { range: `bytes=0-${session.size - 1}` };
      response.writeHead(308, { ...range, "content-length": 0 }).end();
      return;
    }
    session.done = this.#store(session, Buffer.concat(session.pieces));
    session.pieces = [];
    sendJson(response, 200, session.done);
  }

  /** Adds what is new of a part, and returns the size of the whole object where the range has it. */
  #take(session: Session, range: string, body: Buffer): number | undefined {
    const bare = /^bytes \*\/([0-9]+|\*)$/.exec(range);
    const full = /^bytes ([0-9]+)-([0-9]+)\/([0-9]+|\*)$/.exec(range);
    if (bare === null && full === null) throw new Refusal(400, `Invalid Content-Range: '${range}'`);
    const totalText = (bare?.[1] ?? full?.[3])!;
    const total = totalText === "*" ? undefined : Number(totalText);
    if (bare !== null && body.length > 0) throw new Refusal(400, "a status query has no body");
    if (full === null) return total;
    const [first, last] = [Number(full[1]), Number(full[2])];
    if (last - first + 1 !== body.length)
      throw new Refusal(400, "Content-Range and Content-Length do not agree");
    if (total === undefined && body.length % UNIT !== 0) {
      throw new Refusal(400, "Invalid request. Chunk size is not a multiple of 262144.");
    }
    if (total !== undefined && last !== total - 1) throw new Refusal(400, "the last byte is not the total's");
    if (first > session.size)
      throw new Refusal(503, "Invalid request. The offset lies beyond what is there.", "backendError");
    let news = body.subarray(session.size - first);
    if (this.keptOfNextPart !== undefined) {
      news = news.subarray(0, Math.floor(this.keptOfNextPart / UNIT) * UNIT);
      this.keptOfNextPart = undefined;
    }
    session.pieces.push(Buffer.from(news));
    session.size += news.length;
    return total;
  }

  #store(
    { bucket, name, md5Hash, storageClass }: Pick<Session, "bucket" | "name" | "md5Hash" | "storageClass">,
    bytes: Buffer,
  ): object {
    if (this.isDamaging && bytes.length > 0) {
      bytes[0]! ^= 1;
      this.isDamaging = false;
    }
    const replaced = this.#find(bucket).objects.get(name);
    if (replaced !== undefined) requireFree(replaced, `${bucket}/${name}`, this.#now());
    const sums = { crc32c: crc32c(bytes), md5Hash: md5Of(bytes) };
    if (md5Hash !== undefined && md5Hash !== sums.md5Hash) {
      throw new Refusal(
        400,
        `Provided MD5 hash "${md5Hash}" doesn't match calculated MD5 hash "${sums.md5Hash}".`,
      );
    }
    const generation = String(this.#generation++);
    const updated = new Date().toISOString();
    this.#find(bucket).objects.set(name, { bytes, storageClass, generation, updated, ...sums });
    return this.#resource(bucket, name);
  }
}

function md5Of(bytes: Buffer): string {
  return createHash("md5").update(bytes).digest("base64");
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
