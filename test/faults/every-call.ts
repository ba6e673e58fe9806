/**
 * Every operation of the service with a failure of its N-th call to the store, to the file system or to the catalog:
 * once, as an error that the process survives, and from then on, as the end of the process. Afterwards the next start
 * repairs what is left, every available backup restores to the byte, the operation can be repeated, and deleting all
 * backups leaves nothing.
 */
import * as fs from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { ExecutionContext, TestFn } from "ava";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import { StorageError } from "../../src/errors.js";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import type { FileHandle, FileSystem, OpenMode } from "../../src/ports.js";
import type { Service } from "../../src/service/service.js";
import { firstDifference } from "../pipeline/world.js";
import { type Start, start, type World, withBlock } from "../service/fixture.js";
import { FaultyDatabase } from "./faulty-database.js";
import { FaultyFileSystem } from "./faulty-file-system.js";

/** `error`: one call fails. `crash`: none succeeds from that call on. */
type Failure = "error" | "crash";

/** Counts the calls while it is armed, and says which of them fail. */
class Faults {
  readonly #at: number;
  readonly #failure: Failure;
  isArmed = false;
  count = 0;

  constructor(at: number, failure: Failure) {
    this.#at = at;
    this.#failure = failure;
  }

  get wasHit(): boolean {
    return this.count > this.#at;
  }

  next(): boolean {
    if (!this.isArmed) return false;
    const index = this.count++;
    return this.#failure === "crash" ? index >= this.#at : index === this.#at;
  }
}

interface Operation {
  readonly title: string;
  run(service: Service): Promise<unknown>;
  /** Whether what it does is done already, so that it need not be repeated. */
  isDone?(service: Service): Promise<boolean>;
  /** What it needs beside the chain of two. */
  prepare?(scene: Scene): Promise<void>;
}

const WEEK_MS = 7 * 24 * 3600 * 1000;

const has = async (service: Service, name: string): Promise<boolean> =>
  (await service.listBackups()).some(({ backup }) => backup.name === name);

const NEW = { volume: "disk", name: "new" };

const OPERATIONS: readonly Operation[] = [
  { title: "a full backup", run: (service) => service.createBackup(NEW) },
  { title: "an incremental", run: (service) => service.createBackup({ ...NEW, incremental: true }) },
  {
    title: "a restore",
    run: (service) => service.restoreBackup({ backup: "second", volume: "./target.img", force: true }),
  },
  {
    title: "a deletion",
    run: (service) => service.deleteBackup("second"),
    isDone: async (service) => !(await has(service, "second")),
  },
  {
    title: "a prune",
    prepare: async ({ world, service }) =>
      void (await world.backup(service, { volume: "disk", name: "third" })),
    run: (service) => service.pruneBackups({ last: 1 }),
  },
  {
    title: "a consolidation",
    run: (service) => service.consolidateBackup({ backup: "second" }),
    isDone: async (service) => (await service.findBackup("second")).backup.parentId === null,
  },
  {
    title: "a copy",
    run: (service) => service.copyBackup({ backup: "second" }),
  },
];

/** The real file system, with the files that a process has open: the system closes them when it dies. */
class OpenFiles implements FileSystem {
  readonly #open = new Set<FileHandle>();
  readonly status = nodeFileSystem.status.bind(nodeFileSystem);
  readonly makeDirectory = nodeFileSystem.makeDirectory.bind(nodeFileSystem);
  readonly list = nodeFileSystem.list.bind(nodeFileSystem);
  readonly rename = nodeFileSystem.rename.bind(nodeFileSystem);
  readonly renameToNew = nodeFileSystem.renameToNew.bind(nodeFileSystem);
  readonly remove = nodeFileSystem.remove.bind(nodeFileSystem);
  readonly removeDirectory = nodeFileSystem.removeDirectory.bind(nodeFileSystem);

  // Processes die here, and not the machine: nothing waits for the disk.
  async syncDirectory(): Promise<void> {}

  async open(path: string, mode: OpenMode): Promise<FileHandle> {
    const handle = await nodeFileSystem.open(path, mode);
    this.#open.add(handle);
    const close = handle.close.bind(handle);
    handle.sync = async () => {};
    handle.close = async () => {
      this.#open.delete(handle);
      await close();
    };
    return handle;
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((handle) => handle.close()));
  }
}

/** A volume with a full backup and an incremental, which are made again for each trial. */
class Scene {
  readonly world: World;
  readonly service: Service;
  readonly #first: Uint8Array;
  readonly #second: Uint8Array;
  readonly #path: string;
  readonly #files: OpenFiles;
  #fullId = "";

  static async create(t: ExecutionContext): Promise<Scene> {
    const started = await start(t);
    const { world } = started;
    if (world.database.dialect === "sqlite") await world.database.all("PRAGMA synchronous = OFF");
    const files = new OpenFiles();
    return new Scene({ ...started, service: await world.open({ fileSystem: files }) }, files);
  }

  private constructor({ world, service, bytes, path }: Start, files: OpenFiles) {
    this.#files = files;
    this.world = world;
    this.service = service;
    this.#first = bytes;
    this.#second = withBlock(withBlock(bytes, 3, 1), 12, 2);
    this.#path = path;
  }

  /** @returns whether there was an N-th call */
  async trial(t: ExecutionContext, operation: Operation, at: number, failure: Failure): Promise<boolean> {
    const label = `${operation.title}, ${failure} at call ${at}`;
    await this.#prepare(operation);
    const faults = new Faults(at, failure);
    const outcome = await this.#attempt(operation, faults);
    const after = await this.world.open({ fileSystem: this.#files });
    await this.#checkSettled(t, label);
    await this.#checkRestores(t, after, label);
    if (!outcome && (await operation.isDone?.(after)) !== true) {
      this.world.clock.advance(1000);
      await t.notThrowsAsync(operation.run(this.#forOperation(after, operation)), `${label}: again`);
      await this.#checkRestores(t, after, `${label}, again`);
    }
    await this.#deleteAll(t, after, label);
    return faults.wasHit;
  }

  /** @returns the number of calls of the operation */
  async rehearse(t: ExecutionContext, operation: Operation): Promise<number> {
    await this.#prepare(operation);
    const rehearsal = new Faults(Number.POSITIVE_INFINITY, "error");
    t.true(await this.#attempt(operation, rehearsal), operation.title);
    await this.#deleteAll(t, this.service, operation.title);
    return rehearsal.count;
  }

  /** A start that fails at its N-th call, after `operation` has died at call `diedAt`. */
  async repairTrial(
    t: ExecutionContext,
    operation: Operation,
    diedAt: number,
    { at, failure }: { readonly at: number; readonly failure: Failure },
  ): Promise<boolean> {
    const label = `repair of ${operation.title} that died at call ${diedAt}, ${failure} at call ${at}`;
    await this.#prepare(operation);
    await this.#attempt(operation, new Faults(diedAt, "crash"));
    const faults = new Faults(at, failure);
    faults.isArmed = true;
    this.world.alive.add("repairer");
    await this.#open(faults, "repairer").catch(() => undefined);
    this.world.alive.delete("repairer");
    await this.#files.closeAll();
    const after = await this.world.open({ fileSystem: this.#files });
    await this.#checkSettled(t, label);
    await this.#checkRestores(t, after, label);
    await this.#deleteAll(t, after, label);
    return faults.wasHit;
  }

  async #prepare(operation: Operation): Promise<void> {
    const { world, service } = this;
    await fs.writeFile(this.#path, this.#first);
    this.#fullId = (await world.backup(service, { volume: "disk", name: "full" })).backup.id;
    await fs.writeFile(this.#path, this.#second);
    await world.backup(service, { volume: "disk", name: "second", incremental: true });
    await operation.prepare?.(this);
    world.clock.advance(1000);
  }

  /** @returns whether it succeeded */
  async #attempt(operation: Operation, faults: Faults): Promise<boolean> {
    this.world.alive.add("victim");
    const service = await this.#open(faults, "victim");
    faults.isArmed = true;
    try {
      await operation.run(this.#forOperation(service, operation));
      return true;
    } catch {
      return false;
    } finally {
      // Calls of intervals that outlive the operation are not its own.
      faults.isArmed = false;
      this.world.alive.delete("victim");
      await this.#files.closeAll();
    }
  }

  async #open(faults: Faults, holder: string): Promise<Service> {
    const check = (statement: string): void => {
      if (faults.next())
        throw new StorageError(`Cannot run ${statement}: injected fault`, { call: "statement" });
    };
    const fileSystem = new FaultyFileSystem(this.#files, () => (faults.next() ? "refused" : undefined));
    const catalog = await openCatalog(new FaultyDatabase(this.world.database, check), this.world.clock);
    return await this.world.open({ fileSystem, catalog, holder });
  }

  #forOperation(service: Service, { title }: Operation): Service {
    const repository = pathToFileURL(this.#copies).href;
    return title === "a copy" ? service.withSettings({ ...this.world.settings, repository }) : service;
  }

  /** Removes what a copy that was not continued has left, which a clean finds once it is old enough. */
  async #cleanCopies(service: Service): Promise<void> {
    if ((await fs.stat(this.#copies).catch(() => undefined)) === undefined) return;
    const { clock, settings } = this.world;
    clock.advance(Math.max(1000, Date.now() + WEEK_MS - clock.now().getTime()));
    const copies = service.withSettings({ ...settings, repository: pathToFileURL(this.#copies).href });
    await copies.cleanRepository({ remove: true });
  }

  get #copies(): string {
    return join(this.world.directory, "copies");
  }

  async #checkSettled(t: ExecutionContext, label: string): Promise<void> {
    const { catalog } = this.world;
    for (const { status, holder } of await catalog.backups.list()) {
      t.true(["available", "error", "error_deleting"].includes(status), `${label}: ${status}`);
      t.is(holder, null, label);
    }
    for (const { status, holder } of await catalog.volumes.list()) {
      t.true(["available", "error", "error_restoring"].includes(status), `${label}: ${status}`);
      t.is(holder, null, label);
    }
    t.deepEqual(await catalog.operations.list(), [], label);
  }

  async #checkRestores(t: ExecutionContext, service: Service, label: string): Promise<void> {
    for (const { backup } of await service.listBackups()) {
      if (backup.status !== "available") continue;
      const restored: Uint8Array[] = [];
      const output = {
        write: async (bytes: Uint8Array) => void restored.push(bytes.slice()),
        finish: async () => {},
      };
      await service.streamBackup({ backup: backup.id, output });
      const isFirst = backup.id === this.#fullId || backup.metadata.ashlar_copy_of === this.#fullId;
      const expected = isFirst ? this.#first : this.#second;
      const difference = firstDifference(Buffer.concat(restored), expected);
      t.is(difference, -1, `${label}: ${backup.name ?? "the copy"} differs at byte ${difference}`);
    }
  }

  /** Deletes all backups, those that depend on others first. */
  async #deleteAll(t: ExecutionContext, service: Service, label: string): Promise<void> {
    for (let left = await service.listBackups(); left.length > 0; left = await service.listBackups()) {
      const free = left.filter(({ hasDependents }) => !hasDependents);
      for (const { backup } of free) await service.deleteBackup(backup.id);
    }
    t.deepEqual(await this.world.stored(), [], `${label}: objects without a backup`);
    await this.#cleanCopies(service);
    const copies = await fs.readdir(this.#copies, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = copies
      .filter((entry) => entry.isFile() && entry.name !== "identity")
      .map(({ name }) => name);
    t.deepEqual(files, [], `${label}: copies without a backup`);
  }
}

/**
 * @param stride of the calls that fail, one of so many; each operation begins with another one
 * @param titles of the operations. @default {all}
 */
export function everyCallTests(
  test: TestFn,
  { stride, titles }: { readonly stride: number; readonly titles?: readonly string[] },
): void {
  const chosen = OPERATIONS.filter(({ title }) => titles?.includes(title) ?? true);
  for (const [index, operation] of chosen.entries()) {
    for (const failure of ["error", "crash"] as const) {
      test(`${operation.title}: ${failure} at any call leaves what the next start repairs`, async (t) => {
        t.timeout(3_000_000);
        const scene = await Scene.create(t);
        let trials = 0;
        let at = index % stride;
        for (; await scene.trial(t, operation, at, failure); at += stride) trials++;
        t.true(trials > 0);
        t.log(`${trials} trials, about ${at} calls`);
      });
    }
    test(`${operation.title}: a start that fails at any call of the repair leaves it to the next`, async (t) => {
      t.timeout(3_000_000);
      const scene = await Scene.create(t);
      const count = await scene.rehearse(t, operation);
      let trials = 0;
      for (const failure of ["error", "crash"] as const) {
        const diedAt = Math.floor(count * (failure === "error" ? 0.4 : 0.7));
        let at = index % stride;
        for (; await scene.repairTrial(t, operation, diedAt, { at, failure }); at += stride) trials++;
      }
      t.true(trials > 0);
      t.log(`${trials} trials`);
    });
  }
}
