/**
 * One invocation of the command: the service that its flags describe, opened when a verb needs it and closed after, and
 * the ways to write to the user. Verbs receive this and know nothing else of the host.
 */
import { isAshlarError } from "../errors.js";
import { Profile } from "../pipeline/run/profile.js";
import type { RunOptions } from "../pipeline/run/run.js";
import type { Service } from "../service/service.js";
import { type ResolvedSettings, resolveSettings, type SettingsFlags } from "../settings/resolve.js";
import type { CommandHost } from "./host.js";
import type { Printer } from "./output/printer.js";
import { profileJson, profileTable } from "./profile-text.js";
import { type ProgressStyle, showProgress } from "./progress.js";
import { noteLine, warningLine } from "./report.js";
import type { Stop } from "./signals.js";
import { watch } from "./watch.js";

export interface GlobalFlags extends SettingsFlags {
  readonly quiet?: boolean | undefined;
  readonly progress: ProgressStyle;
}

/** Flags of verbs that move a volume's bytes. */
export interface ProfileFlag {
  readonly profile?: boolean | undefined;
}

const SETTINGS_WORDS: Readonly<Record<Exclude<keyof SettingsFlags, "logRequests" | "option">, string>> = {
  stateDir: "--state-dir",
  catalog: "--catalog",
  repository: "--repository",
  configFile: "--config-file",
  digestEngine: "--digest-engine",
  limitUpload: "--limit-upload",
  limitDownload: "--limit-download",
  project: "--project",
  user: "--user",
  roles: "--roles",
  encryptionKey: "--encryption-key",
  identity: "--identity",
  passphraseFile: "--passphrase-file",
};

export class Invocation {
  readonly host: CommandHost;
  readonly #stop: Stop;
  #flags: GlobalFlags = { progress: "auto" };
  /** Called before a message, so that a display can make room for it. */
  #onMessage: () => void = () => undefined;

  constructor(host: CommandHost, stop: Stop) {
    this.host = host;
    this.#stop = stop;
  }

  /** Called once, when the flags are known and before any verb. */
  configure(flags: GlobalFlags): void {
    this.#flags = flags;
  }

  /** The settings that result from the flags and the environment; prints their warnings. */
  async settings(): Promise<ResolvedSettings> {
    const resolved = await resolveSettings(this.#flags, this.host);
    for (const warning of resolved.warnings) this.warn(warning);
    return resolved;
  }

  /** The settings that result when `flags` replace the user's; options are added to the user's, and the last counts. */
  async settingsWith({ option = [], ...flags }: SettingsFlags): Promise<ResolvedSettings> {
    const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
    return await resolveSettings(
      { ...this.#flags, ...given, option: [...(this.#flags.option ?? []), ...option] },
      this.host,
    );
  }

  /** Flags that name the catalog, the repository, its key and the configuration, with absolute paths, for a command that runs elsewhere. */
  repositoryFlags(): string[] {
    const { catalog, repository, configFile, encryptionKey, identity, passphraseFile } = this.#flags;
    const isPath = repository !== undefined && !repository.includes("://");
    const pathFlag = (flag: string, path: string | undefined) =>
      path === undefined ? [] : [flag, this.host.resolvePath(path)];
    return [
      ...(catalog === undefined ? [] : ["--catalog", catalog]),
      ...(repository === undefined
        ? []
        : ["--repository", isPath ? this.host.resolvePath(repository) : repository]),
      ...pathFlag("--config-file", configFile),
      ...(encryptionKey === undefined ? [] : ["--encryption-key", encryptionKey]),
      ...pathFlag("--identity", identity),
      ...pathFlag("--passphrase-file", passphraseFile),
    ];
  }

  /** Words that give another run of this command, in the same directory and environment, the same settings. */
  settingsWords(): string[] {
    const { logRequests, quiet, option = [] } = this.#flags;
    const named = Object.entries(SETTINGS_WORDS).flatMap(([name, word]) => {
      const value = this.#flags[name as keyof typeof SETTINGS_WORDS];
      return value === undefined ? [] : [word, value];
    });
    const switches = [...(logRequests ? ["--log-requests"] : []), ...(quiet ? ["--quiet"] : [])];
    return [...named, ...switches, ...option.flatMap((each) => ["--option", each])];
  }

  get progressStyle(): ProgressStyle {
    return this.#flags.quiet ? "none" : this.#flags.progress;
  }

  /** Calls `listener` before each message, until the returned function is called. */
  onMessage(listener: () => void): () => void {
    this.#onMessage = listener;
    return () => {
      this.#onMessage = () => undefined;
    };
  }

  /** Aborted when the user stops the command. */
  get signal(): AbortSignal {
    return this.#stop.abortSignal;
  }

  warn(text: string): void {
    if (this.#flags.quiet) return;
    this.#onMessage();
    this.host.screen.write(warningLine(text));
  }

  /** Prints a note that is neither data nor an error. */
  note(text: string): void {
    if (this.#flags.quiet) return;
    this.#onMessage();
    this.host.screen.write(noteLine(text));
  }

  /** Prints data in the format that the user chose. */
  async show<T>(print: Printer<T>, value: T): Promise<void> {
    await this.host.print(await print(value, this.host.tableWidth));
  }

  /** Like `show`, on standard error, because standard output has other data. */
  async showAside<T>(print: Printer<T>, value: T): Promise<void> {
    if (!this.#flags.quiet) this.host.screen.write(await print(value, this.host.screen.columns));
  }

  async use<T>(work: (service: Service) => Promise<T>): Promise<T> {
    const { settings, digestEngine, repositories, caller } = await this.settings();
    const service = await this.host.openService(settings, {
      digestEngine,
      repositories,
      caller,
      warn: (text) => this.warn(text),
    });
    let result: T;
    try {
      this.#stop.abortSignal.throwIfAborted();
      result = await work(service);
    } catch (error) {
      // The user must see the first error.
      await service.close(this.signal).catch(() => undefined);
      throw error;
    }
    await service.close(this.signal);
    return result;
  }

  /**
   * Shows the operation on a backup until it has ended or a signal came. Resolves to whether the backup still exists.
   */
  async watch(service: Service, backup: string): Promise<boolean> {
    const style = this.progressStyle;
    return await watch(this.host, service, { backup, style, signal: this.signal });
  }

  /**
   * Like `use`, for work that takes time: shows progress, ends early when a signal comes, and finally prints the
   * profile, if requested.
   */
  async run<T>(
    label: string,
    work: (service: Service, options: RunOptions) => Promise<T>,
    { profile: isProfiled }: ProfileFlag = {},
  ): Promise<T> {
    return await this.use(async (service) => {
      const style = this.progressStyle;
      const display = showProgress(this.host, { label, style });
      const profile = isProfiled ? new Profile(this.host.clock) : undefined;
      try {
        return await work(service, { signal: this.signal, progress: display.progress, profile });
      } finally {
        display.finish();
        if (profile !== undefined) this.#printProfile(profile);
      }
    });
  }

  /** Printed even with `--quiet`, because the user asked for it. */
  #printProfile({ stages }: Profile): void {
    if (stages.length === 0) return;
    const { progress } = this.#flags;
    const isForPeople = progress === "bar" || (progress !== "json" && this.host.screen.isTerminal);
    this.host.screen.write(isForPeople ? profileTable(stages) : `${profileJson(stages)}\n`);
  }

  /**
   * Runs `work` for every one of `names`, continuing after failures.
   * @throws AggregateError of all failures, in order
   */
  async forEach(
    names: readonly string[],
    work: (service: Service, name: string) => Promise<unknown>,
  ): Promise<void> {
    await this.use(async (service) => {
      const failures: unknown[] = [];
      for (const name of names) {
        try {
          this.#stop.abortSignal.throwIfAborted();
          await work(service, name);
        } catch (error) {
          failures.push(error);
          if (isAshlarError(error, "cancelled")) break;
        }
      }
      if (failures.length > 0) throw new AggregateError(failures);
    });
  }
}
