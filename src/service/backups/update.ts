/** Changes a backup's name, description and metadata. Its manifest keeps the original ones. */
import type { BackupRow } from "../../catalog/backups.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import type { UpdateBackupRequest } from "../requests.js";
import { checkName, checkTexts } from "../texts.js";

export async function updateBackup(
  context: ServiceContext,
  request: UpdateBackupRequest,
): Promise<BackupRow> {
  const { name, description, metadata = {}, removedKeys = [], replaceMetadata = false } = request;
  if (name !== undefined && name !== "") checkName(name);
  checkTexts(request);
  const { catalog } = context;
  const { id } = await findVisible(context, catalog.backups, request.backup);
  return await catalog.transaction(async ({ backups }) => {
    const backup = await backups.find(id);
    const kept = Object.entries(replaceMetadata ? {} : backup.metadata).filter(
      ([key]) => !removedKeys.includes(key),
    );
    await backups.update(id, {
      ...(name !== undefined && { name: name === "" ? null : name }),
      ...(description !== undefined && { description: description === "" ? null : description }),
      metadata: { ...Object.fromEntries(kept), ...metadata },
    });
    return await backups.find(id);
  });
}
