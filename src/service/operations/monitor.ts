/** Figures of the service as a whole, for its operator: of all projects, and whatever the policy says. */
import { type BackupStatus, LIVE_BACKUP_STATUSES } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import type { ServiceContext } from "../context.js";
import type { OperationTotals } from "./ledger.js";
import type { Limits } from "./limits.js";

/** Reads figures of the service; what each call returns is of that moment. */
export interface Monitor {
  readonly limits: Limits;
  /** Running and waiting operations of all processes that share the catalog, in the order of arrival. */
  operations(): Promise<OperationRow[]>;
  /** Numbers of backups by their status, zeros included. */
  backupCounts(): Promise<ReadonlyMap<BackupStatus, number>>;
  /** Number of accepted requests of this process whose work has not begun; they have no operation yet. */
  queuedTasks(): number;
  /** What this process has done since its start, by kind of operation. */
  totals(): readonly OperationTotals[];
}

export function makeMonitor({
  catalog,
  admission,
  background,
}: Pick<ServiceContext, "catalog" | "admission" | "background">): Monitor {
  return {
    limits: admission.limits,
    operations: () => catalog.operations.list(),
    async backupCounts() {
      const counts = new Map<BackupStatus, number>();
      for (const status of LIVE_BACKUP_STATUSES) counts.set(status, await catalog.backups.count({ status }));
      return counts;
    },
    queuedTasks: () => background.waitingCount,
    totals: () => admission.ledger.totals(),
  };
}
