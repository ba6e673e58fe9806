/** The whole of real Cinder, asked through its API: volumes, backups and records, each until it has settled. */
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { GoldenRecord } from "../fixtures/golden-vectors.js";
import { freePorts, type PythonServer, startPython } from "../stores/python-server.js";

export const GIB: number = 1024 ** 3;
const POLL_MS = 250;
const SETTLED_MS = 240_000;

/** The fields of the API that are looked at. */
export interface ApiBackup {
  readonly id: string;
  readonly status: string;
  readonly name: string | null;
  readonly description: string | null;
  readonly size: number;
  readonly object_count: number;
  readonly volume_id: string;
  readonly is_incremental: boolean;
  readonly has_dependent_backups: boolean;
  readonly fail_reason: string | null;
}

export interface ApiVolume {
  readonly id: string;
  readonly name: string | null;
  readonly status: string;
  readonly metadata: Readonly<Record<string, string>>;
}

export class WholeCinder {
  readonly #server: PythonServer;
  readonly #url: string;

  private constructor(server: PythonServer, url: string) {
    this.#server = server;
    this.#url = url;
  }

  /** @param config options of Cinder's, by their names */
  static async start(repository: string, config: Readonly<Record<string, string>>): Promise<WholeCinder> {
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}/v3`;
    const server = await startPython("../interop/cinder_whole.py", { port, repository, config }, [`${url}/`]);
    return new WholeCinder(server, url);
  }

  async stop(): Promise<void> {
    await this.#server.stop();
  }

  volumePath(id: string): string {
    return join(this.#server.directory, "volumes", `volume-${id}`);
  }

  /** A volume of one GiB that begins with `bytes`. */
  async createVolume(name: string, bytes: Uint8Array): Promise<ApiVolume> {
    const { volume } = await this.#ask<{ volume: ApiVolume }>("POST", "/volumes", {
      volume: { size: 1, name },
    });
    const created = await this.#settled<ApiVolume>("volume", volume.id, "creating");
    await this.fill(created.id, bytes);
    return created;
  }

  async fill(volumeId: string, bytes: Uint8Array): Promise<void> {
    await writeFile(this.volumePath(volumeId), bytes);
    await truncate(this.volumePath(volumeId), GIB);
  }

  async createBackup(volume_id: string, name: string, incremental: boolean): Promise<ApiBackup> {
    const { backup } = await this.#ask<{ backup: ApiBackup }>("POST", "/backups", {
      backup: { volume_id, name, incremental },
    });
    return await this.#settled("backup", backup.id, "creating");
  }

  async exportRecord(id: string): Promise<GoldenRecord> {
    const path = `/backups/${id}/export_record`;
    return (await this.#ask<{ "backup-record": GoldenRecord }>("GET", path))["backup-record"];
  }

  /** The backup as it is when the import has ended. */
  async importRecord(record: GoldenRecord): Promise<ApiBackup> {
    const body = { "backup-record": record };
    const { backup } = await this.#ask<{ backup: ApiBackup }>("POST", "/backups/import_record", body);
    return await this.#settled("backup", backup.id, "creating");
  }

  /** Into a new volume. */
  async restore(backupId: string): Promise<ApiVolume> {
    const path = `/backups/${backupId}/restore`;
    const { restore } = await this.#ask<{ restore: { volume_id: string } }>("POST", path, { restore: {} });
    await this.#settled("backup", backupId, "restoring");
    return await this.#settled("volume", restore.volume_id, "restoring-backup");
  }

  async backup(id: string): Promise<ApiBackup> {
    return (await this.#ask<{ backup: ApiBackup }>("GET", `/backups/${id}`)).backup;
  }

  async deleteBackup(id: string): Promise<void> {
    await this.#ask("DELETE", `/backups/${id}`);
    const end = Date.now() + SETTLED_MS;
    while ((await this.#send("GET", `/backups/${id}`)).status !== 404) await waitUntil(end, `backup ${id}`);
  }

  async #settled<T extends { status: string }>(noun: string, id: string, passing: string): Promise<T> {
    const end = Date.now() + SETTLED_MS;
    while (true) {
      const found = (await this.#ask<Record<string, T>>("GET", `/${noun}s/${id}`))[noun]!;
      if (found.status !== passing) return found;
      await waitUntil(end, `${noun} ${id}`);
    }
  }

  async #ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await this.#send(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }

  #send(method: string, path: string, body?: object): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: { "x-auth-token": "admin:0123456789abcdef", "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}

async function waitUntil(end: number, what: string): Promise<void> {
  if (Date.now() > end) throw new Error(`${what} does not settle`);
  await sleep(POLL_MS);
}
