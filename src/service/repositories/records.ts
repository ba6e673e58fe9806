/** Exports and imports the reference system's records of backups. */

import type { BackupRow } from "../../catalog/backups.js";
import { type ChainLink, checkStoredObjects, readLink } from "../../chain/link.js";
import { IntegrityError, InvalidStateError, UsageError } from "../../errors.js";
import { coveredSize } from "../../format/manifest.js";
import { decodeRecord, type ExportedBackup, encodeRecord } from "../../format/record.js";
import { gibOf } from "../../units.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { BACKUP_STATES } from "../states/states.js";
import { isRecordable, recordable } from "../texts.js";
import { type AdoptionCheck, adopt, ownerIn, rowOf } from "./adopt.js";
import { openHistory } from "./history.js";
import { fieldsOf, storedLock } from "./locks.js";
import type { ExportedRecord, ImportOptions } from "./requests.js";
import { storedIdOf } from "./stored.js";

/**
 * Records of all exportable backups of all projects, the oldest first, so that an import in this order adds parents
 * before their children.
 */
export async function exportRecords(context: ServiceContext): Promise<ExportedRecord[]> {
  const available = await context.catalog.backups.list({ status: "available" });
  const records: ExportedRecord[] = [];
  for (const { id } of available.reverse()) records.push(await exportRecord(context, id));
  return records;
}

export async function exportRecord(context: ServiceContext, nameOrId: string): Promise<ExportedRecord> {
  const { catalog } = context;
  const backup = await findVisible(context, catalog.backups, nameOrId);
  BACKUP_STATES.check(backup, "export");
  const { service } = backup;
  if (service === null)
    throw new InvalidStateError(`Cannot export backup ${backup.id}: its service is not known`);
  const dependents = await catalog.backups.dependentsOf(backup.id);
  return encodeRecord({ ...backup, service, dependentCount: dependents.length });
}

/** Adds the row and checks it in the same transaction. */
export interface CheckedImportOptions extends ImportOptions {
  readonly check?: AdoptionCheck;
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Adds the backup that a record describes, after checking that its manifest and all its objects are in the repository,
 * as many and no larger than the record states. Its parent need not be in the catalog yet.
 */
export async function importRecord(
  context: ServiceContext,
  record: ExportedRecord,
  { keepOwner = false, check }: CheckedImportOptions = {},
): Promise<BackupRow> {
  const { catalog, settings, host } = context;
  const exported = decodeRecord(record.backup_url);
  if ((await catalog.backups.byId(exported.id)) !== undefined) throw alreadyThere(exported.id);
  const sink = await host.openRepository(settings.repository);
  if (!sink.service.startsWith(record.backup_service)) {
    throw new UsageError(
      `Cannot import record of service "${record.backup_service}": the repository ${settings.repository} is of ${sink.service}`,
    );
  }
  const { container, prefix } = locationOf(exported);
  // A record may have a new id while its objects keep the old one; an id that is no UUID is damage.
  const backupId = UUID.test(exported.id) ? (storedIdOf(prefix) ?? exported.id) : exported.id;
  const stored = { sink, container, prefix, backupId, volumeId: exported.volumeId };
  const expected = await (await openHistory(context, settings.repository))?.digestsOf(stored);
  const link = await readLink({ ...stored, ...expected }, (await host.runtime()).hashes);
  const { storedSize } = await checkStoredObjects(link);
  checkAgreement(exported, link);
  const described = rowOf(context, link, { storedSize, repository: settings.repository, keepOwner });
  const row = {
    ...described,
    ...fieldsOf(await storedLock(sink, container, prefix)),
    ...(keepOwner && ownerIn(context, exported)),
    id: exported.id,
    size: exported.size,
    ...importedTexts(exported),
    snapshotId: exported.snapshotId,
    encryptionKeyId: exported.encryptionKeyId ?? described.encryptionKeyId ?? null,
    dataTimestamp: exported.dataTimestamp ?? exported.createdAt,
    updatedAt: host.clock.now(),
  };
  const added = await adopt(context, stored, row, check);
  if (added === undefined) throw alreadyThere(row.id);
  return added;
}

function alreadyThere(id: string): InvalidStateError {
  return new InvalidStateError(`Invalid backup ${id}: Backup already exists in database.`);
}

/** @throws IntegrityError for a record and a manifest that cannot belong to the same backup */
function checkAgreement({ id, size, objectCount, parentId }: ExportedBackup, { manifest }: ChainLink): void {
  const location = { backupId: id };
  const { objects } = manifest;
  if (objects.length !== objectCount) {
    const found = `its manifest lists ${objects.length} objects, the record counts ${objectCount}`;
    throw new IntegrityError(`Cannot import record: ${found}`, location);
  }
  if (manifest.parentId !== parentId) {
    const found = `its manifest names parent ${manifest.parentId}, the record ${parentId}`;
    throw new IntegrityError(`Cannot import record: ${found}`, location);
  }
  const end = coveredSize(manifest);
  if (gibOf(end) <= size) return;
  const found = `its objects reach to byte ${end}, past the ${size} GiB of the record`;
  throw new IntegrityError(`Cannot import record: ${found}`, location);
}

/** The record's texts, which may have been changed since the manifest was written. */
function importedTexts({ name, description, metadata }: ExportedBackup): {
  readonly name: string | null;
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
} {
  return {
    name: name !== null && isRecordable(name) ? name : null,
    ...recordable({ description, metadata }),
  };
}

function locationOf({ id, container, serviceMetadata }: ExportedBackup): {
  container: string;
  prefix: string;
} {
  if (container !== null && serviceMetadata !== null) return { container, prefix: serviceMetadata };
  throw new UsageError(
    `Cannot import record of backup ${id}: it does not say where the backup's objects are`,
  );
}
