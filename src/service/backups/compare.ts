/** Compares a volume as it is now with the digests of a backup. Neither is written. */
import type { BackupRow } from "../../catalog/backups.js";
import { compareSource, planComparison } from "../../pipeline/compare-source.js";
import type { Runtime } from "../../pipeline/run/runtime.js";
import { openSource } from "../../sources/open.js";
import type { VolumeSource } from "../../sources/volume.js";
import { findVisible } from "../access/scope.js";
import type { ServiceContext } from "../context.js";
import { isCurrent, openCurrentChainAndTable, whileStored } from "../repositories/stored.js";
import { BACKUP_STATES } from "../states/states.js";
import { resolveVolume } from "../volumes/volumes.js";
import type { CompareBackupRequest, CompareOutcome } from "./requests.js";

export async function compareBackup(
  context: ServiceContext,
  request: CompareBackupRequest,
): Promise<CompareOutcome> {
  const backup = await findVisible(context, context.catalog.backups, request.backup);
  BACKUP_STATES.check(backup, "verify");
  const { source: location } = await resolveVolume(context, request.volume);
  const runtime = await context.host.runtime();
  const source = await openSource(context.host, location);
  try {
    runtime.start?.(source.size);
    for (;;) {
      const outcome = await compareCurrent(context, request, { backup, location, source, runtime });
      if (outcome !== undefined) return outcome;
    }
  } finally {
    await source.close();
  }
}

interface Work {
  readonly backup: BackupRow;
  readonly location: string;
  readonly source: VolumeSource;
  readonly runtime: Runtime;
}

/** Resolves to `undefined` when the chain was changed while the comparison waited for its turn. */
async function compareCurrent(
  context: ServiceContext,
  request: CompareBackupRequest,
  { backup, location, source, runtime }: Work,
): Promise<CompareOutcome | undefined> {
  const ended = new AbortController();
  const given = request.signal === undefined ? [] : [request.signal];
  const reading = { signal: AbortSignal.any([ended.signal, ...given]) };
  const { chain, table } = await openCurrentChainAndTable(context, backup, runtime.hashes, reading);
  try {
    const { volumeSize, shape } = chain.plan;
    const { sink } = chain.links.at(-1)!.backup;
    const memory = planComparison(shape.blockSize, sink.readBufferSize ?? sink.bufferSize);
    const admitted = { ...request, kind: "verify", plan: memory, backupId: backup.id } as const;
    const found = await context.admission.run(admitted, async ({ signal, progress, profile }) => {
      if (!(await isCurrent(context, chain))) return undefined;
      const run = { signal, progress, profile };
      const work = { runtime, table, volumeSize, blockSize: shape.blockSize, memory };
      return await whileStored(context, chain, () => compareSource(source, { ...work, ...run }));
    });
    return found && { backup, source: location, ...found };
  } finally {
    // A comparison that was stopped may still be reading digests.
    ended.abort();
    await table.close();
  }
}
