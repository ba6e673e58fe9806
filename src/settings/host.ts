/** The parts of a process's environment that settings are resolved from. */
import type { Clock } from "../ports.js";
import type { PathHost } from "../sinks/host.js";

export interface SettingsHost extends PathHost {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute path. */
  readonly homeDirectory: string;
  readonly clock: Clock;
  /** Receives diagnostic lines; standard error of a process. */
  readonly screen: { write(text: string): void };
  /** An absolute path without `.`, `..` and a trailing slash. */
  resolvePath(path: string): string;
  readTextFile(path: string): Promise<string>;
}
