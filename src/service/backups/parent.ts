/** Finds and checks the parent of the next incremental, before anything is recorded or stored. */
import type { BackupRow } from "../../catalog/backups.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import type { Chain } from "../../chain/chain.js";
import { checkParentFits } from "../../chain/parent.js";
import type { StoredTable } from "../../chain/stored-table.js";
import { InvalidStateError } from "../../errors.js";
import type { Hashes } from "../../ports.js";
import type { ServiceContext } from "../context.js";
import { openCurrentChainAndTable } from "../repositories/stored.js";
import { endOfPresent, isInFuture, momentOf } from "./retention.js";

export interface Parent {
  readonly backup: BackupRow;
  readonly chain: Chain;
  /** Closed by the caller. */
  readonly table: StoredTable;
}

export interface ParentSearch {
  readonly hashes: Hashes;
  /** `undefined` for a volume that is not in the catalog yet, and so has no backups. */
  readonly volume: VolumeRow | undefined;
  /** Bytes of the volume; 0 for a stream, whose size is checked while it is read. */
  readonly size: number;
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
  const { hashes, volume, size, signal } = search;
  const latest = volume && (await findLatest(context, volume.id, search.before));
  if (latest === undefined) {
    throw new InvalidStateError("No backups available to do an incremental backup. Do a full backup first");
  }
  const opened = await openCurrentChainAndTable(context, latest, hashes, { signal });
  try {
    checkParentFits(opened.chain, size, context.settings.blockSize);
    return { backup: latest, ...opened };
  } catch (error) {
    await opened.table.close();
    throw error;
  }
}

/** The parent; one that is dated in the future is passed over with a warning, since it would be the latest for ever. */
async function findLatest(
  { settings: { repository }, catalog: { backups }, host, caller: { projectId } }: ServiceContext,
  volumeId: string,
  before: Date | undefined,
): Promise<BackupRow | undefined> {
  const now = host.clock.now();
  const newest = await backups.latestAvailable(volumeId, repository, { projectId });
  if (newest !== undefined && isInFuture(newest, now)) {
    host.warn?.(
      `backup ${newest.id} is dated in the future (${momentOf(newest).toISOString()}) and is not used as the parent: ` +
        "check the clock; delete the backup, or leave it until that time has come",
    );
  }
  // A snapshot may have been dated by the same wrong clock.
  const end = endOfPresent(now);
  const limit = before === undefined || before.getTime() > end.getTime() ? end : before;
  return await backups.latestAvailable(volumeId, repository, { before: limit, projectId });
}
