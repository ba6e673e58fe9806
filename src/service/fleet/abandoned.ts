/**
 * Rows and operations that this process holds and no longer works on: it could not write how their work ended, because
 * the catalog was away by then. Nobody else would repair them, since their holder is alive; and such an operation would
 * count for the limits until the process ends.
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import type { SnapshotRow } from "../../catalog/snapshots.js";
import type { VolumeRow } from "../../catalog/volumes.js";
import type { ServiceContext } from "../context.js";
import type { TaskSubject } from "../operations/background.js";

/** What this process holds, by the catalog. */
interface Holdings {
  readonly backups: readonly BackupRow[];
  readonly volumes: readonly VolumeRow[];
  readonly snapshots: readonly SnapshotRow[];
  readonly operations: readonly OperationRow[];
}

/** What nobody works on any more. */
export interface Findings {
  /** Ids of backups, volumes and snapshots. */
  readonly rows: ReadonlySet<string>;
  /** Numbers. */
  readonly operations: readonly number[];
}

export class Abandoned {
  readonly #context: ServiceContext;
  /** What seemed abandoned at the last look, with its state. */
  #suspects: ReadonlySet<string> = new Set();

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  /** Finds what seems abandoned at the second look in a row, and has not changed since the first. */
  async find(): Promise<Findings> {
    const held = await this.#holdings();
    // Read after the rows: work that has ended since is gone at the next look.
    const suspects = suspectsAmong(held, this.#workIn(held.operations));
    const confirmed = {
      rows: new Set(suspects.rows.filter((row) => this.#suspects.has(stateOf(row))).map(({ id }) => id)),
      operations: suspects.operations
        .filter((operation) => this.#suspects.has(String(operation.number)))
        .map(({ number }) => number),
    };
    this.#suspects = new Set([
      ...suspects.rows.map(stateOf),
      ...suspects.operations.map(({ number }) => String(number)),
    ]);
    return confirmed;
  }

  #workIn(operations: readonly OperationRow[]): Work {
    const { background, admission } = this.#context;
    const tasks = background.subjects();
    const numbers = new Set([...admission.ledger.numbers(), ...tasks.map(({ number }) => number)]);
    return { tasks, operations: operations.filter(({ number }) => numbers.has(number)) };
  }

  async #holdings(): Promise<Holdings> {
    const { catalog, host } = this.#context;
    const isOurs = ({ holder }: { readonly holder: string | null }): boolean => holder === host.holder;
    return {
      backups: (await catalog.backups.held()).filter(isOurs),
      volumes: (await catalog.volumes.held()).filter(isOurs),
      snapshots: (await catalog.snapshots.held()).filter(isOurs),
      operations: await catalog.operations.heldBy(host.holder),
    };
  }
}

/** What this process works on, by its own account. */
interface Work {
  readonly tasks: readonly TaskSubject[];
  readonly operations: readonly OperationRow[];
}

type HeldRow = BackupRow | VolumeRow | SnapshotRow;

interface Suspects {
  readonly rows: readonly HeldRow[];
  readonly operations: readonly OperationRow[];
}

function suspectsAmong(held: Holdings, work: Work): Suspects {
  const operations = held.operations.filter((operation) => !work.operations.includes(operation));
  // A repair may hold any row.
  if (work.operations.some(({ backupId, volumeId }) => backupId === null && volumeId === null))
    return { rows: [], operations };
  const ids = idsOf(held, work);
  const backups = held.backups.filter(({ id }) => !ids.has(id));
  // A task on a volume or snapshot may hold others beside it.
  if (work.tasks.some(({ resourceType }) => resourceType !== "VOLUME_BACKUP"))
    return { rows: backups, operations };
  const volumes = held.volumes.filter(({ id }) => !ids.has(id));
  const snapshots = held.snapshots.filter(({ id, volumeId }) => !ids.has(id) && !ids.has(volumeId));
  return { rows: [...backups, ...volumes, ...snapshots], operations };
}

/** Ids of all rows that the work may hold. */
function idsOf({ backups }: Holdings, { tasks, operations }: Work): Set<string | null> {
  const ids = new Set<string | null>([
    ...tasks.map(({ resourceId }) => resourceId),
    ...operations.flatMap(({ backupId, volumeId }) => [backupId, volumeId]),
  ]);
  for (const { id, volumeId, restoreVolumeId, snapshotId } of backups)
    if (ids.has(id)) for (const other of [volumeId, restoreVolumeId, snapshotId]) ids.add(other);
  return ids;
}

/** Differs once the row was released, or taken for other work. */
function stateOf({ id, status, updatedAt }: HeldRow): string {
  return `${id} ${status} ${updatedAt?.getTime() ?? ""}`;
}
