/** A served API with its dashboard: two projects, chains, a failed backup, a damaged one, and a backup that runs. */
import { randomUUID } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createApi } from "../../../src/api/api.js";
import { tokenAuthentication } from "../../../src/api/auth/tokens.js";
import { nodeClock } from "../../../src/node/clock.js";
import { type ImageServer, startImageServer } from "../../../src/node/http/image-server.js";
import { openNodeService } from "../../../src/node/service.js";
import { readUiFiles } from "../../../src/node/ui-files.js";
import type { Caller } from "../../../src/service/access/caller.js";
import type { Service } from "../../../src/service/service.js";
import type { Settings } from "../../../src/service/settings.js";
import type { VolumeStream } from "../../../src/sources/volume.js";

const MIB = 1024 * 1024;
const BLOCK_SIZE = 32_768;
const SIZE = 2 * MIB;

/** Tokens of an admin and a member of one project, and of a member of another. */
export const TOKENS = { admin: randomUUID(), ann: randomUUID(), eve: randomUUID() } as const;

const PROJECTS = { admin: "web", ann: "web", eve: "mail" } as const;

/** Seeded bytes that no codec makes much smaller. */
function bytesOf(seed: number): Uint8Array {
  const bytes = new Uint8Array(SIZE);
  for (let i = 0, x = seed; i < SIZE; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) >>> 0;
    bytes[i] = x >>> 16;
  }
  return bytes;
}

/** A volume that stops after some bytes, until it is let go on, or fails there. */
class SlowStream implements VolumeStream {
  readonly #total: number;
  readonly #goesOn: () => Promise<void>;
  #isPast = false;
  size = 0;

  constructor(total: number, goesOn: () => Promise<void>) {
    this.#total = total;
    this.#goesOn = goesOn;
  }

  async readNext(buffer: Uint8Array, signal: AbortSignal): Promise<number> {
    if (!this.#isPast && this.size >= this.#total / 2) {
      const stopped = new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
      await Promise.race([this.#goesOn(), stopped]);
      this.#isPast = true;
    }
    const length = Math.min(buffer.length, this.#total - this.size);
    buffer.fill(7, 0, length);
    this.size += length;
    return length;
  }

  async close(): Promise<void> {
    return undefined;
  }
}

export class UiSite implements AsyncDisposable {
  readonly service: Service;
  readonly #directory: string;
  readonly #tokens: { revoked: Set<string> };
  #server: ImageServer;
  #port: number;
  readonly #handler: (request: Request) => Promise<Response>;
  #running: Promise<unknown> = Promise.resolve();
  #release = (): void => undefined;

  static async open(directory: string): Promise<UiSite> {
    const settings: Settings = {
      stateDirectory: join(directory, "state"),
      repository: join(directory, "repository"),
      compression: "zlib",
      fileSize: 16 * BLOCK_SIZE,
      blockSize: BLOCK_SIZE,
      availabilityZone: "nova",
      maxMemory: 1024 * MIB,
    };
    const service = await openNodeService(settings, { graceMs: 0 });
    const tokens = { revoked: new Set<string>() };
    const entries = Object.entries(TOKENS).map(([user, token]) => ({
      ...{ token, user, project: PROJECTS[user as keyof typeof PROJECTS] },
      roles: [user === "admin" ? "admin" : "member"],
    }));
    const authenticator = await tokenAuthentication(entries);
    const handler = createApi({
      ...{ service, clock: nodeClock, hostName: "h", availabilityZone: "nova" },
      ...{ page: await readUiFiles(), residentMemory: () => 123 * MIB },
      authenticator: {
        challenge: authenticator.challenge,
        authenticate: async (request) =>
          tokens.revoked.has(request.token ?? "") ? undefined : await authenticator.authenticate(request),
      },
    });
    const server = await startImageServer(handler, { host: "127.0.0.1", port: 0, isLocalOnly: false });
    const site = new UiSite({ service, directory, tokens, server, handler });
    await site.#fill();
    return site;
  }

  private constructor(parts: {
    readonly service: Service;
    readonly directory: string;
    readonly tokens: { revoked: Set<string> };
    readonly server: ImageServer;
    readonly handler: (request: Request) => Promise<Response>;
  }) {
    this.service = parts.service;
    this.#directory = parts.directory;
    this.#tokens = parts.tokens;
    this.#server = parts.server;
    this.#handler = parts.handler;
    this.#port = Number(new URL(parts.server.url).port);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/ui`;
  }

  revoke(token: string): void {
    this.#tokens.revoked.add(token);
  }

  async goAway(): Promise<void> {
    await this.#server.close();
  }

  async comeBack(): Promise<void> {
    const address = { host: "127.0.0.1", port: this.#port, isLocalOnly: false };
    this.#server = await startImageServer(this.#handler, address);
  }

  async #fill(): Promise<void> {
    const member = (projectId: string): Service => this.service.as({ ...operatorOf(projectId) });
    const web = member("web");
    const path = join(this.#directory, "web.img");
    for (let i = 0; i < 9; i++) {
      const bytes = bytesOf(5);
      bytes.fill(i, i * BLOCK_SIZE, (i + 1) * BLOCK_SIZE);
      await writeFile(path, bytes);
      if (i === 0) await web.createVolume({ name: "web-data", source: path });
      await web.createBackup({ volume: "web-data", name: `night-${i + 1}`, incremental: i % 4 !== 0 });
    }
    const mail = join(this.#directory, "mail.img");
    await writeFile(mail, bytesOf(6));
    const post = member("mail");
    await post.createVolume({ name: "mailboxes", source: mail });
    await post.createBackup({ volume: "mailboxes", name: "mail-1" });
    const broken = new SlowStream(SIZE, () => Promise.reject(new Error("the array lost a path")));
    await web
      .createBackup({ volume: "archive", name: "archive-1", input: broken })
      .then(() => Promise.reject(new Error("A broken stream was backed up")))
      .catch(() => undefined);
    await this.#damage("night-9");
    const released = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    this.#running = web.createBackup({
      ...{ volume: "database", name: "database-1", input: new SlowStream(64 * MIB, () => released) },
    });
    this.#running.catch(() => undefined);
  }

  /** Changes a byte of one object. */
  async #damage(name: string): Promise<void> {
    const { backup } = await this.service.findBackup(name);
    const folder = join(this.#directory, "repository", backup.container!);
    const prefix = backup.serviceMetadata!;
    const names = await readdir(folder, { recursive: true });
    const object = names.find((each) => each.startsWith(prefix) && each.endsWith("-00001"))!;
    const bytes = await readFile(join(folder, object));
    bytes[bytes.length - 30]! ^= 1;
    await writeFile(join(folder, object), bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    await this.#running.catch(() => undefined);
    await this.#server.close();
    await this.service.close();
  }
}

function operatorOf(projectId: string): Caller {
  return { userId: "admin", projectId, roles: ["admin"] };
}
