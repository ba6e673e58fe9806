/** The entry of a backup that is created, in the signed history. */
import type { BackupResult } from "../../pipeline/backup.js";
import type { ObjectSink } from "../../sinks/sink.js";
import type { RunningOperation } from "../operations/running-operation.js";
import type { HistoryRecorder } from "../repositories/history.js";
import type { CreationRow } from "./create-rows.js";

interface RecordedCreation {
  readonly recorder: HistoryRecorder | undefined;
  readonly sink: ObjectSink;
  readonly operation: RunningOperation;
}

/** Appends the backup, which is stored and locked by now, to the signed history. */
export async function recordCreation(
  { recorder, sink, operation }: RecordedCreation,
  row: CreationRow & Pick<BackupResult, "manifestSha256" | "digestTableSha256">,
): Promise<void> {
  const { id: backupId, volumeId, container, serviceMetadata: prefix } = row;
  const { manifestSha256, digestTableSha256 } = row;
  const stored = { sink, container, prefix, backupId, volumeId, manifestSha256, digestTableSha256 };
  await recorder?.stored(stored, operation.signal);
}
