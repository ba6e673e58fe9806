/** Verifying a backup: a restore of its chain to nowhere, and a look at what else lies under its names. */
import { openChain } from "../chain/chain.js";
import { IntegrityError } from "../errors.js";
import { planRestoreMemory } from "../pipeline/memory.js";
import { verifyBackup as verifyChain } from "../pipeline/restore.js";
import { shapeOfRestore } from "../pipeline/restore-shape.js";
import type { ServiceContext } from "./context.js";
import type { VerifyBackupRequest, VerifyOutcome } from "./service.js";
import { BACKUP_STATES } from "./states.js";
import { locateChain } from "./stored.js";

export async function verifyBackup(
  context: ServiceContext,
  request: VerifyBackupRequest,
): Promise<VerifyOutcome> {
  const backup = await context.catalog.backups.find(request.backup);
  BACKUP_STATES.check(backup, "verify");
  const runtime = await context.host.runtime();
  const chain = await openChain(await locateChain(context, backup), runtime.hashes);
  const { concurrentObjects } = context.settings;
  const plan = planRestoreMemory({ ...shapeOfRestore(chain, runtime.codecs), concurrentObjects });
  const admitted = { ...request, kind: "verify", plan, backupId: backup.id } as const;
  const { volumeSize, progress } = await context.admission.run(admitted, async ({ signal, progress }) => {
    const restored = await verifyChain(chain, { runtime, concurrentObjects, signal, progress });
    return { ...restored, progress };
  });
  const [unlisted] = chain.unlisted;
  if (unlisted !== undefined) {
    const others = chain.unlisted.length === 1 ? "" : ` (and ${chain.unlisted.length - 1} more)`;
    throw new IntegrityError(
      `Cannot vouch for backup: its data is whole, but an object${others} is there that no manifest lists, for which the reference system refuses to restore it`,
      { backupId: backup.id, objectName: unlisted },
    );
  }
  return {
    backup,
    verifiedSize: volumeSize,
    verifiedDigests: progress.digestCount,
    verifiedObjects: progress.objectCount,
    chainLength: chain.layers.length,
  };
}
