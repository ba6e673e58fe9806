/** A service on real files and a real catalog, in a directory of its own. */

import * as fs from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExecutionContext } from "ava";
import type { Catalog } from "../../src/catalog/catalog.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import type { Codecs } from "../../src/codecs/codec.js";
import { InvalidStateError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { realPath } from "../../src/node/files/real-path.js";
import { nodeConnect } from "../../src/node/net/connection.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { openSink } from "../../src/node/sink-host.js";
import type { FileSystem, SqlDatabase } from "../../src/ports.js";
import type { Policy } from "../../src/service/access/policy.js";
import type { Host } from "../../src/service/host.js";
import type { Notifier } from "../../src/service/notifier.js";
import { openService } from "../../src/service/open-service.js";
import type { BackupView, CreateBackupRequest } from "../../src/service/requests.js";
import type { Service } from "../../src/service/service.js";
import type { Settings } from "../../src/service/settings.js";
import { PosixSink } from "../../src/sinks/posix/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { isVolumeUrl } from "../../src/sources/open.js";
import { DRIVERS, ManualClock, openDatabase } from "../catalog/fixture.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { noise } from "../pipeline/volume-bytes.js";

export const BLOCK_SIZE = 4096;
export const FILE_SIZE: number = 8 * BLOCK_SIZE;
/** Several objects, and a short block at the end. */
export const VOLUME_SIZE: number = 20 * BLOCK_SIZE + 100;

const runtime = await nodeRuntime("native");

export interface Variation {
  readonly settings?: Partial<Settings>;
  readonly fileSystem?: FileSystem;
  readonly sink?: ObjectSink;
  readonly holder?: string;
  readonly notifiers?: readonly Notifier[];
  readonly policy?: Partial<Policy>;
  /** @default {Node's} */
  readonly codecs?: Codecs;
  /** @default {that of the world} */
  readonly catalog?: Catalog;
  /** Called with each timer's function instead of starting the timer. @default {timers run} */
  readonly onTimer?: (tick: () => void) => void;
}

export class World {
  readonly directory: string;
  /** That of the catalog. */
  readonly database: SqlDatabase;
  readonly catalog: Catalog;
  readonly clock: ManualClock;
  readonly settings: Settings;
  /** Holders that count as alive. */
  readonly alive: Set<string> = new Set(["tester"]);
  /** What the host was told. */
  readonly warnings: string[] = [];
  /** Holders of which this host can tell nothing. */
  readonly hidden: Set<string> = new Set();
  cannotFreeze = false;
  /** Sinks of repositories that are not directories, by URL. */
  readonly sinks: Map<string, ObjectSink> = new Map();
  /** How files are used by others, by path. */
  readonly users: Map<string, string[]> = new Map();
  runtimeUses = 0;

  static async create(t: ExecutionContext): Promise<World> {
    const directory = await temporaryDirectory(t);
    const clock = new ManualClock();
    const database = await openDatabase(t, DRIVERS[0]!);
    const catalog = await openCatalog(database, clock);
    t.teardown(() => catalog.close());
    return new World(directory, { database, catalog, clock });
  }

  private constructor(
    directory: string,
    { database, catalog, clock }: Pick<World, "database" | "catalog" | "clock">,
  ) {
    this.directory = directory;
    this.database = database;
    this.catalog = catalog;
    this.clock = clock;
    this.settings = {
      stateDirectory: join(directory, "state"),
      repository: pathToFileURL(this.repositoryPath).href,
      compression: "zlib",
      fileSize: FILE_SIZE,
      blockSize: BLOCK_SIZE,
      availabilityZone: "nova",
    };
  }

  /** Happens while a holder is being looked for. */
  beforeAnswer: () => Promise<void> = async () => {};

  get repositoryPath(): string {
    return join(this.directory, "repository");
  }

  get volumesPath(): string {
    return join(this.directory, "state", "volumes");
  }

  /** A service on this world's catalog. */
  open({
    settings,
    fileSystem,
    sink,
    codecs,
    notifiers,
    policy,
    holder = "tester",
    catalog,
    onTimer,
  }: Variation = {}): Promise<Service> {
    const host: Host = {
      clock: this.clock,
      random: Math.random,
      announce: async () => undefined,
      fileSystem: fileSystem ?? nodeFileSystem,
      connect: nodeConnect,
      runtime: async () => {
        this.runtimeUses++;
        return codecs === undefined ? runtime : { ...runtime, codecs };
      },
      openRepository: async (url) =>
        this.sinks.get(url) ??
        sink ??
        (fileSystem === undefined ? (await openSink(url)).sink : posixSink(fileSystem, url)),
      resolvePath: (path) => (isVolumeUrl(path) ? path : resolve(this.directory, path)),
      snapshots: {
        plan: async (source, id) => ({ kind: "reflink", source: `${source}.${id}` }),
        create: async (source, location) => {
          if (this.cannotFreeze) throw new InvalidStateError("Cannot snapshot: this one cannot");
          await fs.copyFile(source, location.source);
        },
        remove: (location) => fs.rm(location.source, { force: true }),
      },
      warn: (text) => void this.warnings.push(text),
      realPath,
      usersOf: async (path) => this.users.get(path) ?? [],
      holder,
      isAlive: async (name) => {
        await this.beforeAnswer();
        return this.hidden.has(name) ? undefined : this.alive.has(name);
      },
      every(intervalMs, tick) {
        if (onTimer === undefined) {
          const timer = setInterval(tick, intervalMs).unref();
          return () => clearInterval(timer);
        }
        onTimer(tick);
        return () => undefined;
      },
    };
    return openService({
      catalog: catalog ?? this.catalog,
      settings: { ...this.settings, ...settings },
      host,
      notifiers,
      policy,
    });
  }

  /** Writes a file below the directory; resolves to its path. */
  async write(name: string, bytes: Uint8Array): Promise<string> {
    const path = join(this.directory, name);
    await fs.mkdir(join(path, ".."), { recursive: true });
    await fs.writeFile(path, bytes);
    return path;
  }

  read(name: string): Promise<Uint8Array> {
    return fs.readFile(join(this.directory, name));
  }

  /** A backup a second after the one before. */
  backup(service: Service, request: CreateBackupRequest): Promise<BackupView> {
    this.clock.advance(1000);
    return service.createBackup(request);
  }

  /** The repository's contents except its marker, including hidden files and empty directories; sorted. */
  async stored(): Promise<string[]> {
    return (await entriesOf(this.repositoryPath)).filter((name) => !name.startsWith("ashlar-repository/"));
  }

  /** The files of volumes that restores made. */
  volumeFiles(): Promise<string[]> {
    return entriesOf(this.volumesPath);
  }

  /** Path of one stored object of a backup, by the end of its name: `-00001`, `_metadata`, `_sha256file`. */
  objectPath({ backup }: Pick<BackupView, "backup">, suffix: string): string {
    return join(this.repositoryPath, backup.container!, backup.serviceMetadata! + suffix);
  }
}

function posixSink(fileSystem: FileSystem, url: string): ObjectSink {
  return new PosixSink({ fileSystem, root: new URL(url).pathname });
}

async function entriesOf(directory: string): Promise<string[]> {
  try {
    const entries = await fs.readdir(directory, { recursive: true, withFileTypes: true });
    return entries
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)) + (entry.isFile() ? "" : "/"))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export interface Start {
  readonly world: World;
  readonly service: Service;
  readonly bytes: Uint8Array;
  /** Of the volume `disk`. */
  readonly path: string;
}

/** A world with one registered volume, `disk`. */
export async function start(t: ExecutionContext): Promise<Start> {
  const world = await World.create(t);
  const service = await world.open();
  const bytes = noise(VOLUME_SIZE, 1);
  const path = await world.write("disk.img", bytes);
  await service.createVolume({ name: "disk", source: path });
  return { world, service, bytes, path };
}

/** `bytes` with block `index` replaced; every seed gives another block. */
export function withBlock(bytes: Uint8Array, index: number, seed: number): Uint8Array {
  const changed = bytes.slice();
  changed.set(noise(BLOCK_SIZE, 1000 + seed), index * BLOCK_SIZE);
  return changed;
}

/** Flips one bit of the file at `path`. */
export async function damage(path: string, position: number): Promise<void> {
  const bytes = await fs.readFile(path);
  bytes[position]! ^= 1;
  await fs.writeFile(path, bytes);
}

/** Rows of the catalog as they are told apart in tests. */
export async function rowsOf({ catalog }: World): Promise<{ volumes: string[]; backups: string[] }> {
  const volumes = await catalog.volumes.list();
  const backups = await catalog.backups.list();
  return {
    volumes: volumes.map(({ name, status }) => `${name} ${status}`).sort(),
    backups: backups.map(({ name, status }) => `${name} ${status}`).sort(),
  };
}
