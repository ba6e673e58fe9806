/** Finds and checks the parent of the next incremental, before anything is recorded or stored. */
import type { BackupRecord } from "../catalog/backups.js";
import type { VolumeRecord } from "../catalog/volumes.js";
import type { Chain } from "../chain/chain.js";
import { checkParentFits } from "../chain/parent.js";
import type { StoredTable } from "../chain/stored-table.js";
import { InvalidStateError } from "../errors.js";
import type { Hashes } from "../ports.js";
import type { VolumeSource } from "../sources/volume.js";
import type { ServiceContext } from "./context.js";
import { CLOCK_SKEW_MS } from "./retention.js";
import { openCurrentChainAndTable } from "./stored.js";

export interface Parent {
  readonly backup: BackupRecord;
  readonly chain: Chain;
  /** Closed by the caller. */
  readonly table: StoredTable;
}

export interface ParentSearch {
  readonly hashes: Hashes;
  /** `undefined` for a volume that is not in the catalog yet, and so has no backups. */
  readonly volume: VolumeRecord | undefined;
  readonly source: VolumeSource;
  /** The snapshot's timestamp if a snapshot is read: its parent has to be older. */
  readonly before?: Date | undefined;
  /** Ends the search, and the reading of the table. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The latest available backup of the volume in the repository, among those of the caller's project.
 * @throws InvalidStateError when there is none, or the block or volume size has changed since; IntegrityError when its
 *   chain is not whole
 */
export async function openParent(context: ServiceContext, search: ParentSearch): Promise<Parent> {
  const { settings, catalog, host } = context;
  const { hashes, volume, source, before, signal } = search;
  const latest =
    volume &&
    (await catalog.backups.latestAvailable(volume.id, settings.repository, {
      before: before ?? new Date(host.clock.now().getTime() + CLOCK_SKEW_MS),
      projectId: context.caller.projectId,
    }));
  if (latest === undefined) {
    throw new InvalidStateError("No backups available to do an incremental backup. Do a full backup first");
  }
  const opened = await openCurrentChainAndTable(context, latest, hashes, { signal });
  try {
    checkParentFits(opened.chain, source.size, settings.blockSize);
    return { backup: latest, ...opened };
  } catch (error) {
    await opened.table.close();
    throw error;
  }
}
