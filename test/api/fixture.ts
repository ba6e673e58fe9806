/** The API on a service of its own, asked without a network. */
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext } from "ava";
import { createApi, type RequestRecord } from "../../src/api/api.js";
import type { Authenticator } from "../../src/api/auth/authenticator.js";
import { noAuthentication } from "../../src/api/auth/noauth.js";
import type { Service } from "../../src/service/service.js";
import { start, type World } from "../service/fixture.js";

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what an answer has is what the tests find out
  readonly body: any;
}

export interface Ask {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly text?: string;
  readonly version?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class Client {
  readonly records: RequestRecord[] = [];
  readonly world: World;
  readonly service: Service;
  readonly #handler: (request: Request) => Promise<Response>;

  constructor(world: World, service: Service, options: Partial<Parameters<typeof createApi>[0]>) {
    this.world = world;
    this.service = service;
    this.#handler = createApi({
      ...{ service, authenticator: noAuthentication, clock: world.clock, hostName: "h" },
      availabilityZone: "nova",
      onRequest: (record) => this.records.push(record),
      ...options,
    });
  }

  async ask(line: string, ask: Ask = {}): Promise<Answer> {
    const { status, headers, text } = await this.askText(line, ask);
    return { status, headers, body: text === "" ? undefined : JSON.parse(text) };
  }

  async askText(
    line: string,
    { body, text, version, token, headers: given = {} }: Ask = {},
  ): Promise<{ readonly status: number; readonly headers: Headers; readonly text: string }> {
    const [method, path] = line.split(" ") as [string, string];
    const headers = new Headers(given);
    if (version !== undefined) headers.set("OpenStack-API-Version", `volume ${version}`);
    if (token !== undefined) headers.set("X-Auth-Token", token);
    const sent = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const request = new Request(`http://localhost:8776${path}`, {
      ...{ method, headers, ...(sent !== undefined && { body: sent }) },
    });
    const response = await this.#handler(request);
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  /** The record once nothing is under way on it. */
  async settled(path: string): Promise<Answer["body"]> {
    for (;;) {
      const { body } = await this.ask(`GET ${path}`, { version: "3.64" });
      const record = body.backup ?? body.volume ?? body.snapshot;
      if (record === undefined || !/(ing|-up|-backup)$/.test(record.status)) return record;
      await sleep(5);
    }
  }
}

/** An API over one registered volume, `disk`. */
export async function open(
  t: ExecutionContext,
  options: { readonly authenticator?: Authenticator; readonly requestsPerMinute?: number } = {},
): Promise<Client> {
  const { world, service } = await start(t);
  return new Client(world, service, options);
}
