/** Verifies a backup in the background: a message and the list of ended tasks have the outcome, no record has. */
import { authorize } from "../access/policy.js";
import type { VerifyBackupRequest } from "../backups/requests.js";
import type { ServiceContext } from "../context.js";
import { findById } from "./find.js";
import { requireAvailable } from "./restore-backup.js";
import { startTask } from "./start-task.js";

/** A number of Ashlar's own: the reference system verifies nothing. */
const VERIFY_ACTION = "901";

export async function verifyBackup(
  context: ServiceContext,
  id: string,
  { sample }: Pick<VerifyBackupRequest, "sample">,
): Promise<void> {
  authorize(context, "backup:verify");
  const backup = await findById(context, context.catalog.backups, "Backup", id);
  requireAvailable(backup);
  const request = { backup: id, sample, signal: context.background.signal };
  startTask(context, {
    ...{ resourceType: "VOLUME_BACKUP", resourceId: id },
    ...{ actionId: VERIFY_ACTION, action: "verify backup", isHeavy: true },
    run: async () => (await import("../backups/verify.js")).verifyBackup(context, request),
    settle: async () => undefined,
  });
}
