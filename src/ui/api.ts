/** Requests to the API. The token is kept in this module's memory alone. */
import type {
  ChainLink,
  EndedAnswer,
  MemoryAnswer,
  OperationAnswer,
  RepositoryAnswer,
} from "../api/views/dashboard.js";

/** The page lies at `ui/` beside the API, whatever path a proxy puts before both. */
const BASE: URL = new URL("../v3/", document.baseURI);
const VERSION = "volume 3.71";
/** Backups that the page holds at most. */
export const BACKUPS_MAX = 5000;
const PAGE = 1000;
const TIMEOUT_MS = 15_000;

/** A refusal by the API. */
export class Refused extends Error {
  readonly status: number;
  /** Seconds that the API asks to wait. */
  readonly retryAfter: number;

  constructor(status: number, message: string, retryAfter: number) {
    super(message);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

export interface Activity {
  readonly operations: readonly OperationAnswer[];
  readonly ended: readonly EndedAnswer[];
}

export class Api {
  #token = "";

  set token(token: string) {
    this.#token = token;
  }

  async activity(): Promise<Activity> {
    return (await this.#ask("os-operations")) as Activity;
  }

  async memory(): Promise<MemoryAnswer> {
    return ((await this.#ask("os-memory")) as { memory: MemoryAnswer }).memory;
  }

  async repository(): Promise<RepositoryAnswer> {
    return ((await this.#ask("os-repository")) as { repository: RepositoryAnswer }).repository;
  }

  /** The newest first, `BACKUPS_MAX` at most. @param allProjects has an effect for administrators only */
  async backups(allProjects: boolean): Promise<readonly ChainLink[]> {
    const found: ChainLink[] = [];
    for (let marker = ""; found.length < BACKUPS_MAX; ) {
      const query = new URLSearchParams({ limit: `${PAGE}`, sort: "created_at:desc" });
      if (allProjects) query.set("all_tenants", "1");
      if (marker !== "") query.set("marker", marker);
      const { backups } = (await this.#ask(`os-chains?${query}`)) as { backups: readonly ChainLink[] };
      found.push(...backups);
      if (backups.length < PAGE) break;
      marker = backups.at(-1)!.id;
    }
    return found;
  }

  async verify(id: string): Promise<void> {
    await this.#ask(`backups/${id}/action`, { "os-verify": {} });
  }

  /** Restores into a new volume. */
  async restore(id: string, name: string): Promise<void> {
    await this.#ask(`backups/${id}/restore`, { restore: { ...(name !== "" && { name }) } });
  }

  async #ask(path: string, body?: unknown): Promise<unknown> {
    const headers = new Headers({ Accept: "application/json", "OpenStack-API-Version": VERSION });
    if (this.#token !== "") headers.set("X-Auth-Token", this.#token);
    if (body !== undefined) headers.set("Content-Type", "application/json");
    const response = await fetch(new URL(path, BASE), {
      ...{ method: body === undefined ? "GET" : "POST", headers, credentials: "omit", cache: "no-store" },
      ...{ signal: AbortSignal.timeout(TIMEOUT_MS), body: body === undefined ? null : JSON.stringify(body) },
    });
    const text = await response.text();
    if (response.ok) return text === "" ? undefined : JSON.parse(text);
    throw new Refused(response.status, messageOf(text), Number(response.headers.get("Retry-After") ?? 0));
  }
}

/** The message of a fault; a proxy's answer may be anything. */
function messageOf(text: string): string {
  try {
    const [fault] = Object.values(JSON.parse(text) as Record<string, { readonly message?: unknown }>);
    if (typeof fault?.message === "string") return fault.message;
  } catch {
    // No JSON.
  }
  return "The server gave no reason.";
}
