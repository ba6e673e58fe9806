/** OpenStack's command-line clients from Debian's packages, in one process of Python. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

const PYTHON = "/usr/bin/python3";
const SCRIPT = fileURLToPath(new URL("../../../../test/api/clients/run_clients.py", import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly out: string;
  /** Without warnings. */
  readonly error: string;
}

export class ClientRunner {
  readonly #child: ChildProcess;
  readonly #lines: Interface;

  constructor() {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^OS_|_proxy$/i.test(name)),
    );
    this.#child = spawn(PYTHON, ["-B", SCRIPT], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! });
  }

  async run(
    client: string,
    words: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<Outcome> {
    this.#child.stdin!.write(`${JSON.stringify([client, words, environment])}\n`);
    const [line] = (await once(this.#lines, "line")) as [string];
    const [code, out, err] = JSON.parse(line) as [number, string, string];
    const said = err.split("\n").filter((text) => text !== "" && !/Warning|warnings\.warn/.test(text));
    return { code, out, error: said.join("\n") };
  }

  async stop(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.stdin!.end();
    await closed;
  }
}
