/**
 * Finds backups in a repository from their objects alone. The catalog is an index: this restores what it has lost, and
 * adds what the reference system has stored. It lists objects and reads manifests, but no data.
 */
import type { BackupRow, NewBackup } from "../../catalog/backups.js";
import { checkStoredObjects, readLink } from "../../chain/link.js";
import { type BackupLocation, backupLocations, readManifestAt } from "../../chain/locations.js";
import type { StoredBackup } from "../../chain/stored-backup.js";
import { AshlarError, IntegrityError } from "../../errors.js";
import { manifestName } from "../../format/names.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { Hashes } from "../../ports.js";
import type { ServiceContext } from "../context.js";
import { adopt, rowOf } from "./adopt.js";
import { follow } from "./follow.js";
import { openHistory, type RepositoryHistory } from "./history.js";
import { fieldsOf, storedLock } from "./locks.js";
import { requirePresent } from "./presence.js";
import type { ScanFinding, ScannedBackup, ScanOptions } from "./requests.js";
import { isStored } from "./stored.js";

export async function scanRepository(
  context: ServiceContext,
  { signal, keepOwner = false, accept = false }: ScanOptions = {},
): Promise<ScannedBackup[]> {
  const { settings, host } = context;
  const sink = await host.openRepository(settings.repository);
  const url = settings.repository;
  const isKnown = (await context.catalog.repositories.byUrl(url)) !== undefined;
  if (isKnown && !accept) await requirePresent(context, url);
  const { hashes } = await host.runtime();
  if (accept) await context.catalog.history.forget(url);
  const history = await openHistory(context, url);
  const found: ScannedBackup[] = [];
  const added = new Set<string>();
  try {
    for await (const location of backupLocations(sink, signal))
      found.push(await scanBackup(context, { ...location, hashes, history, keepOwner, signal, added }));
    await follow(context, { url, sink, accept });
    return found;
  } catch (error) {
    throwIfCancelled(signal);
    throw error;
  }
}

interface FoundBackup extends BackupLocation {
  readonly hashes: Hashes;
  /** The signed history of the repository. */
  readonly history: RepositoryHistory | undefined;
  readonly keepOwner: boolean;
  /** IDs of the backups that this scan has added. */
  readonly added: Set<string>;
  readonly signal: AbortSignal | undefined;
}

async function scanBackup(context: ServiceContext, found: FoundBackup): Promise<ScannedBackup> {
  const { container, prefix } = found;
  let ids: { backupId: string; volumeId: string } | undefined;
  try {
    const { backupId, volumeId } = await readManifestAt(found, found.signal);
    ids = { backupId, volumeId };
    const outcome = await scanStored(context, { ...found, ...ids }, found);
    if (outcome.finding === "added") found.added.add(backupId);
    return { ...ids, container, prefix, ...outcome };
  } catch (error) {
    throwIfCancelled(found.signal);
    // One damaged backup must not hide the others.
    if (!(error instanceof AshlarError) || error.code === "cancelled") throw error;
    const { backupId, volumeId } = ids ?? { backupId: undefined, volumeId: undefined };
    return { finding: "skipped", container, prefix, backupId, volumeId, reason: error.message };
  }
}

type Finding = { readonly finding: ScanFinding; readonly reason: string | undefined };

const KNOWN: Finding = { finding: "known", reason: undefined };

async function scanStored(
  context: ServiceContext,
  stored: StoredBackup,
  { hashes, history, keepOwner, signal, added: addedHere }: FoundBackup,
): Promise<Finding> {
  const expected = await history?.digestsOf(stored);
  const link = await readLink({ ...stored, ...expected }, hashes, { signal });
  const { storedSize } = await checkStoredObjects(link, { signal });
  const { repository } = context.settings;
  const { sink, container, prefix } = stored;
  const lock = fieldsOf(await storedLock(sink, container, prefix));
  const row = { ...rowOf(context, link, { storedSize, repository, keepOwner }), ...lock };
  const known = await context.catalog.backups.byId(row.id);
  if (known !== undefined && addedHere.has(row.id) && isConsolidationOf(row, known)) {
    const { id: _, createdAt: __, ...changes } = row;
    await context.catalog.backups.update(known.id, { ...changes, sparePrefix: known.serviceMetadata });
    return { finding: "known", reason: "a consolidation has replaced the one that was found before" };
  }
  if (known !== undefined) return await meet(context, known, row);
  const added = await adopt(context, stored, row);
  return added === undefined ? KNOWN : { finding: "added", reason: undefined };
}

/**
 * Whether the found backup is the full one that a consolidation made of the known one, whose objects are still there,
 * e.g. because they are locked.
 */
function isConsolidationOf(row: NewBackup, known: BackupRow): boolean {
  const { repository, container = null, parentId = null } = row;
  const isHere = known.repository === repository && known.container === container;
  return isHere && parentId === null && known.parentId !== null && known.sparePrefix === null;
}

/**
 * Handles a backup that the catalog already has. In a second found it is a copy as long as the first is there, and has
 * moved when it is not: the catalog then follows it, unless the found backup is a different one.
 */
async function meet(context: ServiceContext, known: BackupRow, row: NewBackup): Promise<Finding> {
  const { repository, container = null, serviceMetadata = null, manifestSha256 } = row;
  const found = { repository, container, serviceMetadata };
  if (isAt(known, found) || known.status !== "available") return KNOWN;
  if (known.sparePrefix !== null && isAt({ ...known, serviceMetadata: known.sparePrefix }, found))
    return { finding: "known", reason: "what a consolidation has replaced, to be removed" };
  if (known.manifestSha256 !== null && known.manifestSha256 !== manifestSha256) {
    throw new IntegrityError(
      "Cannot take over backup: its manifest is not the one that the catalog remembers",
      { backupId: known.id, objectName: manifestName(serviceMetadata ?? "") },
    );
  }
  if (await isStored(context, known)) {
    const first = `container "${known.container}" of ${known.repository}`;
    return { finding: "known", reason: `a copy; the catalog keeps to the one in ${first}` };
  }
  return await context.catalog.transaction(async ({ backups }) => {
    const current = await backups.byId(known.id);
    if (current === undefined || !isAt(current, known) || current.status !== "available") return KNOWN;
    await backups.update(known.id, found);
    return { finding: "moved", reason: undefined };
  });
}

type StoredLocation = Pick<BackupRow, "repository" | "container" | "serviceMetadata">;

function isAt(backup: BackupRow, location: StoredLocation): boolean {
  const { repository, container, serviceMetadata } = location;
  return (
    backup.repository === repository &&
    backup.container === container &&
    backup.serviceMetadata === serviceMetadata
  );
}
