/** A state directory, a repository and volumes that several processes work on. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ExecutionContext } from "ava";
import type { BackupRow } from "../../src/catalog/backups.js";
import type { CatalogLocation } from "../../src/catalog/location.js";
import { openNodeService } from "../../src/node/service.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { firstDifference } from "../pipeline/world.js";

const OPERATION = fileURLToPath(new URL("operation.js", import.meta.url));

export const BLOCK_SIZE = 4096;

/** Of the repository's driver, by their names. */
type DriverOptions = Readonly<Record<string, string>>;

export class Site {
  readonly directory: string;
  readonly settings: Settings;
  readonly options: DriverOptions;

  static async create(
    t: ExecutionContext,
    settings: Partial<Settings> = {},
    options: DriverOptions = {},
  ): Promise<Site> {
    const directory = await temporaryDirectory(t);
    return new Site(directory, settings, options);
  }

  private constructor(directory: string, settings: Partial<Settings>, options: DriverOptions) {
    this.options = options;
    this.directory = directory;
    this.settings = {
      stateDirectory: join(directory, "state"),
      repository: pathToFileURL(join(directory, "repository")).href,
      compression: "none",
      fileSize: 16 * BLOCK_SIZE,
      blockSize: BLOCK_SIZE,
      availabilityZone: "nova",
      ...settings,
    };
  }

  open(): Promise<Service> {
    return openNodeService(this.settings, {
      digestEngine: "native",
      repositories: { options: this.options },
    });
  }

  /** Runs `work` with a service of this process. */
  async use<T>(work: (service: Service) => Promise<T>): Promise<T> {
    const service = await this.open();
    try {
      return await work(service);
    } finally {
      await service.close();
    }
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Starts another process; see operation.ts for the words. */
  spawn(...words: readonly string[]): Operation {
    return this.spawnWith(this.settings, ...words);
  }

  spawnWith(settings: Settings, ...words: readonly string[]): Operation {
    return new Operation(this.#words(settings, words), { catalog: settings.catalog });
  }

  /** Starts another process as if on another host: neither sees the other's process id. */
  spawnElsewhere(settings: Settings, ...words: readonly string[]): Operation {
    return new Operation(this.#words(settings, words), { catalog: settings.catalog, isElsewhere: true });
  }

  #words(settings: Settings, words: readonly string[]): string[] {
    return [JSON.stringify(settings), JSON.stringify(this.options), ...words];
  }

  /** Files and directories of the repository except its marker, hidden ones too. */
  async stored(): Promise<string[]> {
    const root = this.path("repository");
    const entries = await fs.readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter((name) => !/^ashlar-repository(\/|$)/.test(name))
      .sort();
  }

  /** The stored names that belong to none of `backups`, nor are directories that hold some of theirs. */
  async orphans(backups: readonly BackupRow[]): Promise<string[]> {
    const stems = backups.map(({ container, serviceMetadata }) => `${container}/${serviceMetadata}`);
    const isOwned = (name: string): boolean =>
      stems.some(
        (stem) =>
          name === `${stem}_metadata` ||
          name === `${stem}_sha256file` ||
          name.startsWith(`${stem}-`) ||
          stem.startsWith(`${name}/`),
      );
    return (await this.stored()).filter((name) => !isOwned(name));
  }

  /** Whether the file has these bytes; -1 when it does, else where it differs. */
  async difference(name: string, bytes: Uint8Array): Promise<number> {
    return firstDifference(await fs.readFile(this.path(name)), bytes);
  }
}

interface Where {
  readonly catalog: CatalogLocation | undefined;
  readonly isElsewhere?: boolean;
}

/** A command in a process namespace of its own, which ends with it. */
const UNSHARE: readonly string[] = [
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
  ...["--pid", "--fork", "--mount-proc", "--kill-child"],
];

export class Operation {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #errors: Promise<string>;
  /** Resolves when its service is open. */
  readonly started: Promise<unknown>;

  constructor(words: readonly string[], { catalog, isElsewhere = false }: Where) {
    const [program = "", ...before] = [...(isElsewhere ? UNSHARE : []), process.execPath];
    const env = { ...process.env, ...(catalog !== undefined && { ASHLAR_CATALOG: catalog.url.reveal() }) };
    this.#child = spawn(program, [...before, OPERATION, ...words], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#ended = once(this.#child, "close");
    this.#errors = text(this.#child.stderr!);
    this.started = once(this.#child.stdout!, "data");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Sends a signal to the process itself, in whatever namespace it is. */
  async signal(name: NodeJS.Signals): Promise<void> {
    const { pid } = this.#child;
    const children = await fs.readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
    process.kill(Number(children.trim().split(" ")[0]) || pid!, name);
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The error's message, empty when there was none; `undefined` for one that was killed. */
  async outcome(): Promise<string | undefined> {
    await this.#ended;
    return this.#child.signalCode === null ? (await this.#errors).trim() : undefined;
  }
}
