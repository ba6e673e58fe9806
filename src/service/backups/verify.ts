/** Verifies a backup: restores its chain without a target, and checks for other objects under its names. */
import type { BackupRow } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import type { PlannedObject } from "../../chain/plan.js";
import { IntegrityError, UsageError } from "../../errors.js";
import { planRestoreOf } from "../../pipeline/memory/restore-shape.js";
import { verifyBackup as readBack } from "../../pipeline/restore.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { isCurrent, openCurrentChain, whileStored } from "../repositories/stored.js";
import { BACKUP_STATES } from "../states/states.js";
import type { VerifyBackupRequest, VerifyOutcome } from "./requests.js";
import { checkSubset, readSubset } from "./verify-subset.js";

export async function verifyBackup(
  context: ServiceContext,
  request: VerifyBackupRequest,
): Promise<VerifyOutcome> {
  checkParts(request);
  const backup = await findVisible(context, context.catalog.backups, request.backup);
  BACKUP_STATES.check(backup, "verify");
  context.events.emit("verify.start", backup);
  try {
    const outcome = await verifyCurrent(context, request, backup);
    context.events.emit("verify.end", backup);
    return outcome;
  } catch (error) {
    context.events.fail("verify", backup, error);
    throw error;
  }
}

async function verifyCurrent(
  context: ServiceContext,
  request: VerifyBackupRequest,
  backup: BackupRow,
): Promise<VerifyOutcome> {
  const runtime = await context.host.runtime();
  // An imported backup may lack its size; its threads then start when there is work.
  runtime.start?.(backup.volumeSize ?? 0);
  for (;;) {
    const chain = await openCurrentChain(context, backup, runtime.hashes, { signal: request.signal });
    const outcome = await verifyChain(context, request, { backup, chain, runtime });
    if (outcome !== undefined) return outcome;
  }
}

interface Work {
  readonly backup: BackupRow;
  readonly chain: Chain;
  readonly runtime: Runtime;
}

/** Resolves to `undefined` when the chain was changed while the verification waited for its turn. */
async function verifyChain(
  context: ServiceContext,
  request: VerifyBackupRequest,
  { backup, chain, runtime }: Work,
): Promise<VerifyOutcome | undefined> {
  const { concurrentObjects } = context.settings;
  const planned = planRestoreOf(chain, runtime.codecs, { concurrentObjects });
  const plan = planned.memory;
  const { id: backupId, projectId, repository } = backup;
  const subjects = { backupId, projectId, repository };
  const admitted = { ...request, kind: "verify", plan, ...subjects } as const;
  const { subset } = request;
  const { objects, volumeSize } = chain.plan;
  const chooser = chooserOf(context, request, objects.length);
  const outcome = await context.admission.run(admitted, async ({ signal, progress, profile }) => {
    if (!(await isCurrent(context, chain))) return undefined;
    const run = { signal, progress, profile };
    const total = { verifiedSize: 0, verifiedDigests: 0, verifiedObjects: 0 };
    const read = async (isChosen?: (planned: PlannedObject) => boolean): Promise<void> => {
      await whileStored(context, chain, () =>
        readBack(chain, { runtime, concurrentObjects, planned, isChosen, ...run }),
      );
      requireListed(backup, chain);
      total.verifiedSize += progress.bytesTotal;
      total.verifiedDigests += progress.digestCount;
      total.verifiedObjects += progress.objectCount;
    };
    if (subset === undefined) {
      await read(chooser);
      return total;
    }
    const work = { backup, objects, volumeSize, subset };
    const verifiedTo = await readSubset(context, work, read);
    const { verifiedAt } = await context.catalog.backups.find(backup.id);
    return { verifiedTo, verifiedAt: verifiedAt ?? undefined, ...total };
  });
  return outcome && { backup, ...outcome, chainLength: chain.links.length };
}

/** @throws UsageError for parts of the objects that cannot be */
function checkParts({ sample, subset, profile }: VerifyBackupRequest): void {
  if (subset === undefined) return;
  checkSubset(subset);
  if (sample !== undefined) throw new UsageError("Cannot verify a sample of a subset: want one of both");
  if (profile !== undefined && subset.durationMs !== undefined)
    throw new UsageError(
      "Cannot profile a verification of a duration, which is several: want a share or a size",
    );
}

/** @throws IntegrityError when there are objects under the backup's names that no manifest lists */
function requireListed(backup: BackupRow, { unlisted }: Chain): void {
  const [first] = unlisted;
  if (first === undefined) return;
  const others = unlisted.length === 1 ? "" : ` (and ${unlisted.length - 1} more)`;
  throw new IntegrityError(
    `Cannot vouch for backup: its data is whole, but an object${others} is there that no manifest lists, for which the reference system refuses to restore it`,
    { backupId: backup.id, objectName: first },
  );
}

/**
 * Chooses a share of the objects at random, rounded up, so that each verification reads others. Every choice of that
 * many objects is equally likely.
 */
function chooserOf(
  { host }: ServiceContext,
  { sample }: VerifyBackupRequest,
  objectCount: number,
): ((planned: PlannedObject) => boolean) | undefined {
  if (sample === undefined) return undefined;
  if (!(sample > 0 && sample < 1))
    throw new UsageError(`Cannot verify a share of ${sample}: want a number above 0 and below 1`);
  let wanted = Math.ceil(sample * objectCount);
  let left = objectCount;
  return () => {
    const isChosen = host.random() * left < wanted;
    left--;
    if (isChosen) wanted--;
    return isChosen;
  };
}
