/** The reference system's record of one backup, out of the catalog and into it. */

import type { BackupRecord } from "../catalog/backups.js";
import { checkStoredObjects, readLayer } from "../chain/layer.js";
import { InvalidStateError, UsageError } from "../errors.js";
import { decodeRecord, type ExportedBackup, encodeRecord } from "../format/record.js";
import { addVolume, rowOf } from "./adopt.js";
import type { ServiceContext } from "./context.js";
import type { ExportedRecord } from "./service.js";
import { BACKUP_STATES } from "./states.js";
import { isRecordable, recordable } from "./texts.js";

/** All that can be exported, the oldest first: whoever imports them in this order has parents before their children. */
export async function exportRecords(context: ServiceContext): Promise<ExportedRecord[]> {
  const available = await context.catalog.backups.list({ status: "available" });
  const records: ExportedRecord[] = [];
  for (const { id } of available.reverse()) records.push(await exportRecord(context, id));
  return records;
}

export async function exportRecord({ catalog }: ServiceContext, nameOrId: string): Promise<ExportedRecord> {
  const backup = await catalog.backups.find(nameOrId);
  BACKUP_STATES.check(backup, "export");
  const { service } = backup;
  if (service === null)
    throw new InvalidStateError(`Cannot export backup ${backup.id}: its service is not known`);
  const dependents = await catalog.backups.dependentsOf(backup.id);
  return encodeRecord({ ...backup, service, dependentCount: dependents.length });
}

/**
 * Adds the backup that a record describes, once its manifest and all its objects were found in the repository.
 * Its parent need not be in the catalog yet.
 */
export async function importRecord(context: ServiceContext, record: ExportedRecord): Promise<BackupRecord> {
  const { catalog, settings, host } = context;
  const exported = decodeRecord(record.backup_url);
  if ((await catalog.backups.byId(exported.id)) !== undefined) {
    throw new InvalidStateError(`Invalid backup ${exported.id}: Backup already exists in database.`);
  }
  const sink = await host.openRepository(settings.repository);
  if (!sink.service.startsWith(record.backup_service)) {
    throw new UsageError(
      `Cannot import record of service "${record.backup_service}": the repository ${settings.repository} is of ${sink.service}`,
    );
  }
  const { container, prefix } = placeOf(exported);
  const stored = { sink, container, prefix, backupId: exported.id, volumeId: exported.volumeId };
  const layer = await readLayer(stored, (await host.runtime()).hashes);
  const { storedSize } = await checkStoredObjects(layer);
  const row = {
    ...rowOf(context, layer, { storedSize, repository: settings.repository }),
    size: exported.size,
    ...importedTexts(exported),
    snapshotId: exported.snapshotId,
    encryptionKeyId: exported.encryptionKeyId,
    dataTimestamp: exported.dataTimestamp ?? exported.createdAt,
  };
  return await catalog.transaction(async (tables) => {
    await addVolume(tables, context, row);
    return await tables.backups.insert(row);
  });
}

/** The record's, which may have been changed since the manifest was written. */
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

function placeOf({ id, container, serviceMetadata }: ExportedBackup): { container: string; prefix: string } {
  if (container !== null && serviceMetadata !== null) return { container, prefix: serviceMetadata };
  throw new UsageError(
    `Cannot import record of backup ${id}: it does not say where the backup's objects are`,
  );
}
