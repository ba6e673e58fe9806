/**
 * Imports many records, e.g. those of a whole catalog that was lost. They may come in any order: each is imported by
 * itself, and missing parents are determined at the end. A refused record does not stop the others, and one that the
 * catalog already has is no failure, so an import can be repeated.
 */
import { AshlarError } from "../../errors.js";
import { decodeRecord } from "../../format/record.js";
import { throwIfCancelled } from "../../pipeline/run/run.js";
import type { ServiceContext } from "../context.js";
import { importRecord } from "./records.js";
import type { ExportedRecord, ImportedRecord, ImportRecordsRequest } from "./requests.js";

/** The outcome of each record, in the order in which they were given. */
export async function importRecords(
  context: ServiceContext,
  { records, signal, keepOwner }: ImportRecordsRequest,
): Promise<ImportedRecord[]> {
  const imported: ImportedRecord[] = [];
  for (const record of records) {
    throwIfCancelled(signal);
    imported.push(await tryImport(context, record, keepOwner));
  }
  const parents = await context.catalog.backups.parents();
  return imported.map((one) => {
    const parentId = parents.get(one.backupId ?? "") ?? undefined;
    return parentId === undefined || parents.has(parentId) ? one : { ...one, missingParentId: parentId };
  });
}

async function tryImport(
  context: ServiceContext,
  record: ExportedRecord,
  keepOwner: boolean | undefined,
): Promise<ImportedRecord> {
  const common = { missingParentId: undefined, reason: undefined };
  let backupId: string | undefined;
  try {
    backupId = decodeRecord(record.backup_url).id;
    const known = await context.catalog.backups.byId(backupId);
    if (known !== undefined) return { ...common, finding: "known", backupId };
    await importRecord(context, record, { keepOwner });
    return { ...common, finding: "added", backupId };
  } catch (error) {
    if (!(error instanceof AshlarError) || error.code === "cancelled") throw error;
    return { ...common, finding: "refused", backupId, reason: error.message };
  }
}
