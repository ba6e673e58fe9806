/**
 * A repository without a catalog: the backups found in a store, and the chain of any of them.
 *
 *     const repository = await openRepository(sink);
 *     for await (const backup of repository.backups()) console.log(backup.id, backup.name);
 *     await restoreBackup(await repository.openChain(id), target, { runtime });
 *
 * It only reads, and remembers the location of each backup that it has found. The next listing finds backups stored later.
 * `openService` has the calls that create and delete backups.
 */
import { AshlarError, IntegrityError, NotFoundError } from "../errors.js";
import { parseCreatedAt } from "../format/fields.js";
import { coveredSize, type Manifest } from "../format/manifest.js";
import { readVolumeMetadata } from "../format/volume-metadata.js";
import { loadHashes } from "../kernels/hashes.js";
import type { Hashes } from "../ports.js";
import type { ObjectSink } from "../sinks/sink.js";
import { gibOf } from "../units.js";
import { type Chain, openChain, openChainAndTable } from "./chain.js";
import { type BackupLocation, backupLocations, readManifestAt } from "./locations.js";
import type { ParentBackup } from "./parent.js";
import type { StoredBackup } from "./stored-backup.js";

/** A backup, as described by its manifest. */
export interface RepositoryBackup {
  readonly id: string;
  readonly volumeId: string;
  readonly name: string | null;
  readonly description: string | null;
  /** `undefined` if the manifest's text is not a time. */
  readonly createdAt: Date | undefined;
  /** Size of the volume, GiB, as in the Block Storage API; `undefined` if the manifest does not have it. */
  readonly size: number | undefined;
  /** Size of the volume, bytes, for a full backup; for an incremental, `chain.plan.volumeSize` has it. */
  readonly volumeSize: number | undefined;
  /** The backup that this one needs; `null` for a full one. */
  readonly parentId: string | null;
  readonly isIncremental: boolean;
  /** Number of data objects. */
  readonly objectCount: number;
  readonly container: string;
  /** The start of the names of its objects. */
  readonly prefix: string;
}

/** A manifest that could not be read. */
export interface SkippedBackup {
  readonly container: string;
  readonly prefix: string;
  readonly error: AshlarError;
}

/** Options of a listing of backups. */
export interface BackupsOptions {
  /** Aborts the listing, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called for every damaged backup; the listing goes on, so that one does not hide the others. */
  readonly onSkipped?: ((skipped: SkippedBackup) => void) | undefined;
}

/** The backups in a store, read from their objects alone. Created by `openRepository`. */
export interface Repository {
  /** Lists the complete backups, container by container; a backup that is stored twice is listed twice. */
  backups(options?: BackupsOptions): AsyncGenerator<RepositoryBackup, void, void>;
  /**
   * Opens the backup and its ancestors, for `restoreBackup` and `verifyBackup`. Parents are found by id.
   * @throws NotFoundError if it, or a parent, is not in the store
   * @throws IntegrityError like the function `openChain`
   */
  openChain(backupId: string): Promise<Chain>;
  /**
   * Opens the backup as the parent of an incremental, and checks that its whole chain exists. `createBackup` closes it.
   * @throws NotFoundError and IntegrityError like `openChain`
   */
  openParent(backupId: string): Promise<ParentBackup>;
}

/** Options of `openRepository`. */
export interface RepositoryOptions {
  /** @default {the result of `loadHashes`} */
  readonly hashes?: Hashes | undefined;
}

/** Opens a repository. Nothing is read until the first listing, or the first chain. */
export async function openRepository(sink: ObjectSink, options: RepositoryOptions = {}): Promise<Repository> {
  return new StoreRepository(sink, options.hashes ?? (await loadHashes()));
}

type Known = Pick<RepositoryBackup, "id" | "volumeId" | "parentId"> & BackupLocation;

class StoreRepository implements Repository {
  readonly #sink: ObjectSink;
  readonly #hashes: Hashes;
  readonly #known = new Map<string, Known>();

  constructor(sink: ObjectSink, hashes: Hashes) {
    this.#sink = sink;
    this.#hashes = hashes;
  }

  async *backups(options: BackupsOptions = {}): AsyncGenerator<RepositoryBackup, void, void> {
    options.signal?.throwIfAborted();
    for await (const location of backupLocations(this.#sink, options.signal)) {
      options.signal?.throwIfAborted();
      const backup = await this.#read(location, options);
      if (backup !== undefined) yield backup;
    }
  }

  async openChain(backupId: string): Promise<Chain> {
    return await this.#open(backupId, (backups) => openChain(backups, this.#hashes));
  }

  async openParent(backupId: string): Promise<ParentBackup> {
    return await this.#open(backupId, (backups) => openChainAndTable(backups, this.#hashes));
  }

  async #open<T>(backupId: string, open: (backups: readonly StoredBackup[]) => Promise<T>): Promise<T> {
    const chain: Known[] = [];
    const seen = new Set<string>();
    for (let id: string | null = backupId; id !== null; id = chain[0]!.parentId) {
      if (seen.has(id)) throw new IntegrityError("Cannot open backup: its chain is a circle", { backupId });
      seen.add(id);
      chain.unshift(await this.#find(id, chain[0]));
    }
    const backups = chain.map(({ id, ...backup }) => ({ ...backup, backupId: id }));
    try {
      return await open(backups);
    } catch (error) {
      // They may have been deleted or moved, so the next call looks for them again.
      for (const { backupId } of backups) this.#known.delete(backupId);
      throw error;
    }
  }

  async #find(id: string, child: Known | undefined): Promise<Known> {
    const found = this.#known.get(id) ?? (await this.#search(id));
    if (found !== undefined) return found;
    const [opened, missing] = child === undefined ? [id, "it"] : [child.id, `its parent ${id}`];
    throw new NotFoundError(`Cannot open backup ${opened}: ${missing} is not in the repository`);
  }

  /** Reads first the manifest whose prefix ends with `id`, as every writer's does; the others rarely need a read. */
  async #search(id: string): Promise<Known | undefined> {
    const others: BackupLocation[] = [];
    for await (const location of backupLocations(this.#sink)) {
      if (!location.prefix.endsWith(id)) others.push(location);
      else if ((await this.#read(location))?.id === id) return this.#known.get(id);
    }
    for (const location of others) if ((await this.#read(location))?.id === id) return this.#known.get(id);
    return undefined;
  }

  async #read(
    location: BackupLocation,
    { onSkipped, signal }: BackupsOptions = {},
  ): Promise<RepositoryBackup | undefined> {
    const { container, prefix } = location;
    try {
      const backup = describe(await readManifestAt(location, signal), location);
      const { id, volumeId, parentId } = backup;
      // If there are two copies, the first is used, so that all of a chain comes from one location.
      if (!this.#known.has(id)) this.#known.set(id, { ...location, id, volumeId, parentId });
      return backup;
    } catch (error) {
      if (!(error instanceof AshlarError) || error.code === "cancelled") throw error;
      // A store that does not answer is no evidence of damage.
      if (error.code === "storage") throw error;
      onSkipped?.({ container, prefix, error });
      return undefined;
    }
  }
}

function describe(manifest: Manifest, { container, prefix }: BackupLocation): RepositoryBackup {
  const { parentId, objects } = manifest;
  const volumeSize = parentId === null ? coveredSize(manifest) : undefined;
  return {
    id: manifest.backupId,
    volumeId: manifest.volumeId,
    name: manifest.backupName,
    description: manifest.backupDescription,
    createdAt: parseCreatedAt(manifest.createdAt),
    size: readVolumeMetadata(manifest.volumeMetadata).size ?? (volumeSize && gibOf(volumeSize)),
    volumeSize,
    parentId,
    isIncremental: parentId !== null,
    objectCount: objects.length,
    container,
    prefix,
  };
}
