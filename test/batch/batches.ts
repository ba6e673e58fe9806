/** Batches through the shipped command: a directory of volumes, and runs of plans there. */

import { type ChildProcess, spawn } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

export interface Ended {
  readonly code: number | null;
  readonly data: string;
  readonly talk: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves once the command has said something like that. */
  said(expected: RegExp): Promise<void>;
  readonly ended: Promise<Ended>;
}

export class Batches {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  static async make(t: ExecutionContext): Promise<Batches> {
    const directory = await temporaryDirectory(t);
    return new Batches(directory);
  }

  at(name: string): string {
    return join(this.directory, name);
  }

  async volumes(...names: string[]): Promise<void> {
    for (const [index, name] of names.entries()) {
      const bytes = Buffer.alloc(200_000, index + 1);
      await writeFile(this.at(name), bytes);
    }
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(this.at(name), text);
  }

  async read(name: string): Promise<string> {
    return await readFile(this.at(name), "utf8");
  }

  start(args: readonly string[], input = ""): Running {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: this.directory,
      env: { PATH: process.env.PATH, HOME: "/nonexistent", ASHLAR_STATE_DIR: this.at("state") },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let data = "";
    let talk = "";
    let notify: () => void = () => undefined;
    child.stdout.on("data", (part: Buffer) => {
      data += part.toString();
    });
    child.stderr.on("data", (part: Buffer) => {
      talk += part.toString();
      notify();
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const ended = new Promise<Ended>((resolve) =>
      child.on("close", (code) => {
        resolve({ code, data, talk });
        notify();
      }),
    );
    const said = async (expected: RegExp): Promise<void> => {
      while (!expected.test(talk)) {
        if (child.exitCode !== null) throw new Error(`ended without saying ${expected}: ${talk}`);
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      }
    };
    return { child, said, ended };
  }

  async run(...args: string[]): Promise<Ended> {
    return await this.start(args).ended;
  }

  /** The rows that a command prints. */
  async rows(t: ExecutionContext, code: number, ...args: string[]): Promise<Record<string, unknown>[]> {
    const ended = await this.run(...args, "-f", "json");
    t.is(ended.code, code, ended.talk);
    return JSON.parse(ended.data) as Record<string, unknown>[];
  }
}

/** Waits until a file exists that a process makes. */
export async function untilThere(path: string): Promise<void> {
  for (;;) {
    const text = await readFile(path, "utf8").catch(() => undefined);
    if (text !== undefined && text !== "") return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
