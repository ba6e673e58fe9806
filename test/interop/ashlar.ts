/** Ashlar as a user has it: the command, in a process of its own, with a state directory and a repository. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { COMMAND } from "../command.js";
import type { GoldenRecord } from "../fixtures/golden-vectors.js";

export interface AshlarOptions {
  /** Where the catalog is; made where missing. */
  readonly stateDir: string;
  /** Directory of the posix repository, or the URL of another. */
  readonly repository: string;
  /** Options of the repository, as variables. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly compression?: string;
  readonly blockSize?: number;
  readonly objectSize?: number;
}

/** What `volume backup show -f json` says; the names are those of the Block Storage API. */
export interface AshlarBackup {
  readonly id: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly status: string;
  /** Whole GiB of the volume. */
  readonly size: number;
  readonly volume_id: string;
  readonly container: string;
  readonly object_count: number;
  readonly is_incremental: boolean;
}

/** A run of the command that did not exit with 0. */
class AshlarFailure extends Error {
  readonly exitCode: number | null;

  constructor(args: readonly string[], exitCode: number | null, talk: string) {
    super(`ashlar ${args.join(" ")} exited with ${exitCode}: ${talk}`);
    this.name = "AshlarFailure";
    this.exitCode = exitCode;
  }
}

export class Ashlar {
  readonly options: AshlarOptions;

  constructor(options: AshlarOptions) {
    this.options = options;
  }

  /** Registers the file `source`; the id is that of a volume known from its backups, where one has this name. */
  async createVolume(name: string, source: string): Promise<string> {
    return (await this.#json<{ id: string }>(["volume", "create", name, "--source", source])).id;
  }

  createBackup(
    volume: string,
    options: { incremental?: boolean; name?: string; description?: string; container?: string } = {},
  ): Promise<AshlarBackup> {
    const { incremental = false, ...texts } = options;
    const flags = Object.entries(texts).flatMap(([flag, value]) => [`--${flag}`, value]);
    return this.#json([
      "volume",
      "backup",
      "create",
      ...(incremental ? ["--incremental"] : []),
      ...flags,
      volume,
    ]);
  }

  showBackup(id: string): Promise<AshlarBackup> {
    return this.#json(["volume", "backup", "show", id]);
  }

  /** Into the file `target`: one that exists is overwritten, another one is made. */
  async restore(backup: string, target: string): Promise<void> {
    await this.#run(["volume", "backup", "restore", "--force", backup, target]);
  }

  /** Makes an incremental a full backup. */
  consolidateBackup(backup: string): Promise<AshlarBackup> {
    return this.#json(["volume", "backup", "consolidate", backup]);
  }

  async deleteBackup(backup: string): Promise<void> {
    await this.#run(["volume", "backup", "delete", backup]);
  }

  async verify(backup: string): Promise<void> {
    await this.#run(["volume", "backup", "verify", backup]);
  }

  exportRecord(backup: string): Promise<GoldenRecord> {
    return this.#json(["volume", "backup", "record", "export", backup]);
  }

  async importRecord(record: GoldenRecord): Promise<void> {
    await this.#run(["volume", "backup", "record", "import", record.backup_service, record.backup_url]);
  }

  exportRecords(): Promise<GoldenRecord[]> {
    return this.#json(["volume", "backup", "record", "export", "--all"]);
  }

  /** All records of a file. */
  importRecords(file: string): Promise<{ finding: string; missing_parent_id: string | null }[]> {
    return this.#json(["volume", "backup", "record", "import", "--from", file]);
  }

  /** Adds what the repository's objects tell of to the catalog. */
  async scan(): Promise<void> {
    await this.#run(["repository", "scan"]);
  }

  /** Where the objects of `backup` are. */
  containerPath(backup: Pick<AshlarBackup, "container">): string {
    return join(this.options.repository, backup.container);
  }

  async #json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.#run([...args, "-f", "json"])) as T;
  }

  /** Standard output of the command; rejects with `AshlarFailure` unless it exits with 0. */
  #run(args: readonly string[]): Promise<string> {
    const { stateDir, repository } = this.options;
    const url = repository.includes("://") ? repository : pathToFileURL(repository).href;
    const globals = ["--state-dir", stateDir, "--repository", url];
    const child = spawn(process.execPath, [COMMAND, ...globals, ...args], {
      env: { ...process.env, ...this.#environment() },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new Promise((resolve, reject) => {
      let data = "";
      let talk = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        data += text;
      });
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        talk += text;
      });
      child.on("error", reject);
      child.on("close", (code) => (code === 0 ? resolve(data) : reject(new AshlarFailure(args, code, talk))));
    });
  }

  #environment(): Record<string, string> {
    const { compression, blockSize, objectSize, environment } = this.options;
    return {
      ...environment,
      ...(compression === undefined ? {} : { ASHLAR_BACKUP_COMPRESSION_ALGORITHM: compression }),
      ...(blockSize === undefined ? {} : { ASHLAR_BACKUP_SHA_BLOCK_SIZE_BYTES: String(blockSize) }),
      ...(objectSize === undefined ? {} : { ASHLAR_BACKUP_FILE_SIZE: String(objectSize) }),
    };
  }
}
