/** `ashlar serve` as a process of its own, asked over HTTP by an administrator without a token. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { COMMAND } from "../command.js";

// biome-ignore lint/suspicious/noExplicitAny: what an answer has is what the tests find out
type Body = any;

export class Serving {
  readonly #child: ChildProcess;
  readonly endpoint: string;

  static async start(global: readonly string[], flags: readonly string[] = []): Promise<Serving> {
    const words = [COMMAND, ...global, "serve", "--port", "0", ...flags];
    const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout!.setEncoding("utf8"), "data")) as [string];
    return new Serving(child, line.trim());
  }

  private constructor(child: ChildProcess, endpoint: string) {
    this.#child = child;
    this.endpoint = endpoint;
  }

  async ask(line: string, body?: unknown): Promise<Body> {
    const [method, path] = line.split(" ") as [string, string];
    const headers = { "OpenStack-API-Version": "volume 3.64" };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${this.endpoint}${path}`, { method, headers, ...sent });
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  }

  /** All records of a collection once no operation works on any. */
  async settled(collection: "volumes" | "backups" | "snapshots"): Promise<readonly Body[]> {
    for (;;) {
      const records: readonly Body[] = (await this.ask(`GET /${collection}/detail`))[collection];
      if (records.every(({ status }) => !/^(?!error).*(ing|-up|-backup)$/.test(status))) return records;
      await sleep(20);
    }
  }

  /** Resolves to the exit code; null after a signal that cannot be caught. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<number | null> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return this.#child.exitCode;
    const closed = once(this.#child, "close");
    this.#child.kill(signal);
    const [code] = (await closed) as [number | null];
    return code;
  }
}
