/** Restores a backup into a stream: no volume is taken, and no row changes. */
import type { BackupRow } from "../../catalog/backups.js";
import type { Chain } from "../../chain/chain.js";
import { planStream } from "../../pipeline/memory/stream-memory.js";
import { restoreStream } from "../../pipeline/restore-stream.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { isCurrent, openCurrentChain, whileStored } from "../repositories/stored.js";
import type { StreamBackupRequest, StreamOutcome } from "../requests.js";
import { BACKUP_STATES } from "../states/states.js";

export async function streamBackup(
  context: ServiceContext,
  request: StreamBackupRequest,
): Promise<StreamOutcome> {
  const backup = await findVisible(context, context.catalog.backups, request.backup);
  BACKUP_STATES.check(backup, "restore");
  const runtime = await context.host.runtime();
  // An imported backup may lack its size; its threads then start when there is work.
  runtime.start?.(backup.volumeSize ?? 0);
  context.events.emit("restore.start", backup);
  try {
    for (;;) {
      const chain = await openCurrentChain(context, backup, runtime.hashes, { signal: request.signal });
      const outcome = await streamChain(context, request, { backup, chain, runtime });
      if (outcome === undefined) continue;
      context.events.emit("restore.end", backup);
      return outcome;
    }
  } catch (error) {
    context.events.fail("restore", backup, error);
    throw error;
  }
}

interface Work {
  readonly backup: BackupRow;
  readonly chain: Chain;
  readonly runtime: Runtime;
}

/** Resolves to `undefined` when the chain was changed while the restore waited for its turn. */
async function streamChain(
  context: ServiceContext,
  { output, ...request }: StreamBackupRequest,
  { backup, chain, runtime }: Work,
): Promise<StreamOutcome | undefined> {
  const { concurrentObjects } = context.settings;
  const planned = planStream(chain, runtime.codecs, { concurrentObjects });
  const { id: backupId, projectId, repository } = backup;
  const subjects = { backupId, projectId, repository };
  const admitted = { ...request, kind: "restore", plan: planned.memory, ...subjects } as const;
  return await context.admission.run(admitted, async ({ signal, progress, profile }) => {
    if (!(await isCurrent(context, chain))) return undefined;
    const run = { runtime, concurrentObjects, planned, signal, progress, profile };
    try {
      const { volumeSize } = await whileStored(context, chain, () => restoreStream(chain, output, run));
      return { backup, restoredSize: volumeSize, verifiedDigests: progress.digestCount };
    } catch (error) {
      if (error instanceof Error)
        error.message += `; at least ${progress.bytesDone} of ${chain.plan.volumeSize} bytes were written, all of them verified`;
      throw error;
    }
  });
}
