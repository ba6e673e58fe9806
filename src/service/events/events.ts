/**
 * Events: what happens to backups, sent to the notifiers with the reference system's types and payload. Only the
 * service's `close` waits for a notifier, for a bounded time, and one that fails fails alone.
 */
import type { BackupRow } from "../../catalog/backups.js";
import { isAshlarError } from "../../errors.js";
import type { Progress } from "../../pipeline/run/run.js";
import type { Caller } from "../access/caller.js";
import type { ServiceParts } from "../host.js";
import type { ServiceEvent } from "../notifier.js";
import { Delivery } from "./delivery.js";

/** `createprogress` is one word in the reference system. */
export type EventType =
  | `create.${"start" | "end" | "error"}`
  | "createprogress"
  | "create.hints_refused"
  | `restore.${"start" | "end" | "error"}`
  | `delete.${"start" | "end" | "error"}`
  | `consolidate.${"start" | "end" | "error"}`
  | `verify.${"start" | "end" | "error"}`
  | `${RefusableOperation}.refused`
  | `reset_status.${"start" | "end"}`;

/** Operations that can be refused before any other event of them is sent. */
export type RefusableOperation = "create" | "restore" | "delete" | "consolidate" | "verify";

type Payload = ServiceEvent["payload"];

const INTERVAL_S_USUAL = 120;
const OBJECTS_USUAL = 10;
/** Interval at which the number of stored objects is checked. */
const LOOK_MS = 500;
/** Longest time that `close` waits for the remaining events. */
const CLOSE_MS = 5000;

export class Events {
  readonly #parts: ServiceParts;
  readonly #deliveries: readonly Delivery[];
  /** Failures that an event has already reported. */
  readonly #failures = new WeakSet<object>();

  constructor(parts: ServiceParts) {
    this.#parts = parts;
    this.#deliveries = (parts.notifiers ?? []).map((notifier) => new Delivery(notifier, parts.host));
  }

  emit(type: EventType, backup: BackupRow, more: Payload = {}): void {
    this.#send(type, { ...payloadOf(backup), ...more });
  }

  /** Sends the failure of an operation that has begun. */
  fail(operation: RefusableOperation, backup: BackupRow, error: unknown): void {
    if (error instanceof Error) this.#failures.add(error);
    this.emit(`${operation}.error`, { ...backup, failReason: reasonOf(error) });
  }

  /** Sends the failure of a call, unless an event has already reported it or the user cancelled the call. */
  refuse(operation: RefusableOperation, { projectId, userId }: Caller, error: unknown, more: Payload): void {
    if (isAshlarError(error, "cancelled")) return;
    if (error instanceof Error && this.#failures.has(error)) return;
    const reason = { tenant_id: projectId, user_id: userId, fail_reason: reasonOf(error) };
    this.#send(`${operation}.refused`, { ...reason, ...more });
  }

  #send(type: EventType, payload: Payload): void {
    if (this.#deliveries.length === 0) return;
    const { host } = this.#parts;
    const event: ServiceEvent = {
      message_id: crypto.randomUUID(),
      publisher_id: `backup.${host.holder.split("/")[0]}`,
      event_type: `backup.${type}`,
      priority: /\.(error|refused)$/.test(type) ? "ERROR" : "INFO",
      timestamp: host.clock.now().toISOString().replace("T", " ").replace("Z", "000"),
      payload,
    };
    for (const delivery of this.#deliveries) delivery.push(event);
  }

  /**
   * Sends the progress of a creation at once, at every interval if the timer is on, and after every step of objects,
   * until the returned function is called. Unlike the reference system's, the percentage is of bytes of the volume, and
   * the list of objects is left out, because it grows with the backup.
   */
  watchCreation(backup: BackupRow, progress: Progress): () => void {
    const { settings, host } = this.#parts;
    if (this.#deliveries.length === 0) return () => undefined;
    const { progressTimer = true } = settings;
    const intervalMs = (settings.timerInterval ?? INTERVAL_S_USUAL) * 1000;
    const objectCountStep = settings.objectsPerNotification ?? OBJECTS_USUAL;
    let emittedMs = host.clock.monotonicMs();
    let emittedCount = 0;
    const emit = (): void => {
      const { bytesDone, bytesTotal, objectCount, storedBytes } = progress;
      const percent = bytesTotal === 0 ? 0 : (100 * bytesDone) / bytesTotal;
      const more = { backup_percent: percent, bytes_done: bytesDone, bytes_total: bytesTotal };
      this.emit("createprogress", backup, { ...more, object_count: objectCount, stored_size: storedBytes });
      emittedMs = host.clock.monotonicMs();
      emittedCount = objectCount;
    };
    if (progressTimer) emit();
    const stop = host.every(LOOK_MS, () => {
      const isDue = progressTimer && host.clock.monotonicMs() - emittedMs >= intervalMs;
      if (isDue || progress.objectCount - emittedCount >= objectCountStep) emit();
    });
    let isStopped = false;
    return () => {
      stop();
      if (isStopped) return;
      isStopped = true;
      if (progress.bytesTotal > 0 && progress.bytesDone === progress.bytesTotal) emit();
    };
  }

  /** Resolves when all events have been delivered or dropped: after five seconds, or once `signal` is aborted. */
  async close(signal?: AbortSignal): Promise<void> {
    if (this.#deliveries.length === 0) return;
    const end = new AbortController();
    const stop = (): void => end.abort();
    const timer = setTimeout(stop, CLOSE_MS);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    await Promise.all(this.#deliveries.map((delivery) => delivery.close(end.signal)));
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function payloadOf(backup: BackupRow): Payload {
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
