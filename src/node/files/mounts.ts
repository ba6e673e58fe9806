/** Mounting with the system's commands: `mount` of util-linux, and `/proc/mounts`. */
import { readFile } from "node:fs/promises";
import { StorageError } from "../../errors.js";
import type { MountEntry, MountHost, MountRequest } from "../../sinks/share/mount.js";

export interface NodeMountsOptions {
  /** @default {"mount"} */
  readonly mountCommand?: string;
  /** @default {"umount"} */
  readonly unmountCommand?: string;
  /** @default {"/proc/mounts"} */
  readonly mountsFile?: string;
  /** Timeout of a command in milliseconds; an unreachable server may take many minutes. @default {120000} */
  readonly timeoutMs?: number;
}

export class NodeMounts implements MountHost {
  readonly #options: Required<NodeMountsOptions>;

  constructor(options: NodeMountsOptions = {}) {
    this.#options = {
      ...{ mountCommand: "mount", unmountCommand: "umount", mountsFile: "/proc/mounts", timeoutMs: 120_000 },
      ...options,
    };
  }

  async mounts(): Promise<MountEntry[]> {
    const text = await readFile(this.#options.mountsFile, "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [source = "", target = "", type = ""] = line.split(" ").map(unescaped);
        return { source, target, type };
      });
  }

  async mount({ type, source, target, options }: MountRequest): Promise<void> {
    const flags = options === undefined || options === "" ? [] : ["-o", options];
    const what = `mount ${JSON.stringify(source)} on ${JSON.stringify(target)}`;
    await this.#run(what, this.#options.mountCommand, ["-t", type, ...flags, "--", source, target]);
  }

  async unmount(target: string): Promise<void> {
    await this.#run(`unmount ${JSON.stringify(target)}`, this.#options.unmountCommand, ["--", target]);
  }

  async #run(what: string, command: string, args: readonly string[]): Promise<void> {
    const { execFile } = await import("node:child_process");
    await new Promise<void>((resolve, reject) => {
      const { timeoutMs: timeout } = this.#options;
      const settle = (error: Error | null, _: string, talk: string): void => {
        if (error === null) resolve();
        else reject(failureOf(what, { error, talk, timeout }));
      };
      execFile(command, args, { timeout, killSignal: "SIGKILL" }, settle);
    });
  }
}

/** The error of a failed command. `mount` prints the reason on standard error, sometimes in several lines. */
function failureOf(
  what: string,
  { error, talk, timeout }: { readonly error: Error; readonly talk: string; readonly timeout: number },
): StorageError {
  const { killed, code } = error as Error & { killed?: boolean; code?: unknown };
  const reason = killed
    ? `it took more than ${timeout} ms`
    : code === "ENOENT"
      ? "there is no such command on this machine"
      : talk.trim().replaceAll(/\s*\n\s*/g, "; ") || `the command ended with ${String(code)}`;
  return new StorageError(`Cannot ${what}: ${reason}`, {
    call: "mount",
    status: "temporary",
    cause: error,
  });
}

/** `/proc/mounts` has space, tab, newline and backslash in octal. */
function unescaped(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
