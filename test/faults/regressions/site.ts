/** A directory of its own in which the shipped command runs, as a user would run it. */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import type { ExecutionContext } from "ava";
import { COMMAND } from "../../command.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

export interface Ended {
  /** The exit code; null where a signal ended the process. */
  readonly code: number | null;
  readonly data: Buffer;
  readonly talk: string;
}

export interface RunOptions {
  /** @default {the site's directory} */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** For standard input; without it there is none. */
  readonly input?: Uint8Array;
  /** Given the process once it has started. */
  readonly onStart?: (child: ChildProcess) => void;
}

export class Site {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** A site that is removed when the test ends. */
  static async open(t: ExecutionContext): Promise<Site> {
    const directory = await temporaryDirectory(t);
    return new Site(directory);
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Runs the command to its end, whatever its exit code is. */
  async run(args: readonly string[], { cwd, env, input, onStart }: RunOptions = {}): Promise<Ended> {
    const child = spawn(process.execPath, [COMMAND, ...args], {
      cwd: cwd ?? this.directory,
      env: {
        PATH: process.env.PATH,
        HOME: this.directory,
        ASHLAR_STATE_DIR: this.path("state"),
        ASHLAR_BACKUP_COMPRESSION_ALGORITHM: "none",
        ...env,
      },
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const data: Buffer[] = [];
    let talk = "";
    child.stdout!.on("data", (part: Buffer) => data.push(part));
    child.stderr!.on("data", (part: Buffer) => {
      talk += part.toString();
    });
    // A command that refuses does not read what it is given.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
    onStart?.(child);
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, data: Buffer.concat(data), talk };
  }

  /** The standard output of a run that must succeed. */
  async data(t: ExecutionContext, args: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, data, talk } = await this.run(args, options);
    t.is(code, 0, `ashlar ${args.join(" ")}: ${talk}`);
    return data.toString();
  }

  async json<T>(t: ExecutionContext, args: readonly string[], options: RunOptions = {}): Promise<T> {
    return JSON.parse(await this.data(t, [...args, "-f", "json"], options)) as T;
  }
}
