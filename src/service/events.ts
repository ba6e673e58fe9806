/**
 * Events: what happens to backups, told to whoever listens, with the reference system's types and payload. Telling is
 * never in the way: nobody waits for a notifier but the service's `close`, and one that fails fails alone.
 */
import type { BackupRecord } from "../catalog/backups.js";
import type { Progress } from "../pipeline/run/run.js";
import type { ServiceParts } from "./host.js";
import type { ServiceEvent } from "./notifier.js";

/** `createprogress` is one word in the reference system. */
export type EventType =
  | `create.${"start" | "end" | "error"}`
  | "createprogress"
  | `restore.${"start" | "end" | "error"}`
  | `delete.${"start" | "end" | "error"}`
  | `consolidate.${"start" | "end" | "error"}`
  | `reset_status.${"start" | "end"}`;

const INTERVAL_S_USUAL = 120;
const OBJECTS_USUAL = 10;
/** How often it is looked whether so many objects have been stored. */
const LOOK_MS = 500;

export class Events {
  readonly #parts: ServiceParts;
  #told: Promise<void> = Promise.resolve();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
  }

  emit(
    type: EventType,
    backup: BackupRecord,
    more: Readonly<Record<string, string | number | boolean | null>> = {},
  ): void {
    const { notifiers = [], host } = this.#parts;
    if (notifiers.length === 0) return;
    const event: ServiceEvent = {
      message_id: crypto.randomUUID(),
      publisher_id: `backup.${host.holder.split("/")[0]}`,
      event_type: `backup.${type}`,
      priority: type.endsWith(".error") ? "ERROR" : "INFO",
      timestamp: host.clock.now().toISOString().replace("T", " ").replace("Z", "000"),
      payload: { ...payloadOf(backup), ...more },
    };
    this.#told = this.#told.then(async () => {
      await Promise.allSettled(notifiers.map((notifier) => notifier.notify(event)));
    });
  }

  /**
   * Tells how far a creation is, at once and at every interval, where the timer is on, and after so many objects, until
   * the returned function is called. Unlike the reference system's, the percentage is of bytes of the volume, and the list of objects is left
   * out, because it grows with the backup.
   */
  watchCreation(backup: BackupRecord, progress: Progress): () => void {
    const { settings, host, notifiers = [] } = this.#parts;
    if (notifiers.length === 0) return () => undefined;
    const { progressTimer = true } = settings;
    const intervalMs = (settings.timerInterval ?? INTERVAL_S_USUAL) * 1000;
    const objectCountStep = settings.objectsPerNotification ?? OBJECTS_USUAL;
    let toldMs = host.clock.monotonicMs();
    let toldCount = 0;
    const tell = (): void => {
      const { bytesDone, bytesTotal, objectCount, storedBytes } = progress;
      const percent = bytesTotal === 0 ? 0 : (100 * bytesDone) / bytesTotal;
      const more = { backup_percent: percent, bytes_done: bytesDone, bytes_total: bytesTotal };
      this.emit("createprogress", backup, { ...more, object_count: objectCount, stored_size: storedBytes });
      toldMs = host.clock.monotonicMs();
      toldCount = objectCount;
    };
    if (progressTimer) tell();
    const stop = host.every(LOOK_MS, () => {
      const isDue = progressTimer && host.clock.monotonicMs() - toldMs >= intervalMs;
      if (isDue || progress.objectCount - toldCount >= objectCountStep) tell();
    });
    let isStopped = false;
    return () => {
      stop();
      if (isStopped) return;
      isStopped = true;
      if (progress.bytesTotal > 0 && progress.bytesDone === progress.bytesTotal) tell();
    };
  }

  /** Resolves when all events have been told, or could not be. */
  async close(): Promise<void> {
    await this.#told;
    await Promise.allSettled((this.#parts.notifiers ?? []).map((notifier) => notifier.close?.()));
  }
}

function payloadOf(backup: BackupRecord): ServiceEvent["payload"] {
  return {
    tenant_id: backup.projectId,
    user_id: backup.userId,
    availability_zone: backup.availabilityZone,
    backup_id: backup.id,
    host: backup.host,
    display_name: backup.name,
    created_at: backup.createdAt.toISOString().replace(/\.\d+Z$/, "+00:00"),
    status: backup.status,
    volume_id: backup.volumeId,
    size: backup.size,
    service_metadata: backup.serviceMetadata,
    service: backup.service,
    fail_reason: backup.failReason,
    parent_id: backup.parentId,
    snapshot_id: backup.snapshotId,
  };
}
