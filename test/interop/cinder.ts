/** Real Cinder as a peer: one process of `cinder_driver.py` that answers operations, one JSON line each. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { GoldenRecord } from "../fixtures/golden-vectors.js";

/** Debian's packages are for the system's interpreter, whichever other one is first on the path. */
const PYTHON = "/usr/bin/python3";
const DRIVER: string = fileURLToPath(new URL("../../../test/interop/cinder_driver.py", import.meta.url));

/** What the driver says of a backup: columns of Cinder's own row. */
export interface CinderBackup {
  readonly id: string;
  readonly volume_id: string;
  readonly parent_id: string | null;
  readonly status: string;
  readonly size: number;
  readonly container: string;
  readonly service_metadata: string;
  readonly object_count: number;
  readonly display_name: string | null;
  readonly display_description: string | null;
}

/** A store that is no directory: the last part of its driver's module, and the driver's options. */
export interface CinderStore {
  readonly driver: string;
  readonly options: Readonly<Record<string, string | boolean>>;
}

export interface CinderBackupRequest {
  readonly repository: string | CinderStore;
  readonly volume_file: string;
  readonly volume_id: string;
  readonly id: string;
  readonly parent_id?: string | null;
  readonly name?: string;
  readonly description?: string;
  readonly container?: string;
  readonly compression?: string;
  readonly block_size?: number;
  readonly file_size?: number;
  readonly volume_name?: string;
  readonly volume_metadata?: Record<string, string>;
}

export interface CinderRestoreRequest {
  readonly repository: string | CinderStore;
  readonly id: string;
  /** A file that exists and keeps its size, unless `new_size` is given: then made, of that many zeros. */
  readonly target: string;
  readonly new_size?: number;
  readonly volume_id?: string;
}

export interface CinderVolume {
  readonly display_name: string | null;
  readonly display_description: string | null;
  readonly metadata: Record<string, string>;
}

/** An operation that Cinder, or the script, refused. */
export class CinderError extends Error {
  /** Name of the Python exception's class. */
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(`${kind}: ${message}`);
    this.name = "CinderError";
    this.kind = kind;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class Cinder {
  readonly #process: ChildProcess;
  readonly #waiting: Waiting[] = [];
  #talk = "";

  /** @param state SQLite file of Cinder's database; made where missing */
  constructor(state: string) {
    this.#process = spawn(PYTHON, ["-B", DRIVER, "--state", state, "serve"], { stdio: "pipe" });
    this.#process.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#talk = (this.#talk + text).slice(-4000);
    });
    createInterface({ input: this.#process.stdout! }).on("line", (line) => this.#settle(line));
    this.#process.on("error", (error) => this.#fail(error));
    this.#process.on("close", (code) => this.#fail(new Error(`Cinder ended with ${code}:\n${this.#talk}`)));
    // A write to a process that has ended is reported by "close", with what the process said.
    this.#process.stdin!.on("error", () => {});
  }

  backup(request: CinderBackupRequest): Promise<CinderBackup> {
    return this.#ask("backup", request);
  }

  restore(request: CinderRestoreRequest): Promise<{ readonly told_volume_is_new: boolean }> {
    return this.#ask("restore", request);
  }

  export(id: string): Promise<GoldenRecord> {
    return this.#ask("export", { id });
  }

  import(record: GoldenRecord): Promise<CinderBackup> {
    return this.#ask("import", record);
  }

  /** A row from nothing but the names of what is stored. */
  register(
    row: Pick<CinderBackup, "id" | "volume_id" | "parent_id" | "container" | "service_metadata">,
  ): Promise<CinderBackup> {
    const { id, volume_id, parent_id, container, service_metadata } = row;
    return this.#ask("register", { id, volume_id, parent_id, container, service_metadata });
  }

  delete(repository: string | CinderStore, id: string): Promise<unknown> {
    return this.#ask("delete", { repository, id });
  }

  list(): Promise<CinderBackup[]> {
    return this.#ask("list", {});
  }

  volume(id: string): Promise<CinderVolume> {
    return this.#ask("volume", { volume_id: id });
  }

  /** Whether a stored JSON file is laid out exactly as Cinder would print its content. */
  async isPrintedAsCinderDoes(file: string): Promise<boolean> {
    return (await this.#ask<{ same: boolean }>("reprint", { file })).same;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const closed = once(this.#process, "close");
    this.#process.stdin!.end();
    await closed;
  }

  #ask<T>(op: string, fields: object): Promise<T> {
    if (this.#process.exitCode !== null) return Promise.reject(new Error(`Cinder has ended:\n${this.#talk}`));
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#process.stdin!.write(`${JSON.stringify({ op, ...fields })}\n`);
    return answer as Promise<T>;
  }

  #settle(line: string): void {
    const waiting = this.#waiting.shift();
    const reply: { ok?: unknown; error?: { class: string; message: string } } = JSON.parse(line);
    if (reply.error === undefined) waiting?.resolve(reply.ok);
    else waiting?.reject(new CinderError(reply.error.class, reply.error.message));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
