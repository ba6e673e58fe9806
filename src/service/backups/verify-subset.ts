/**
 * Verifies a backup part by part: each run reads the next objects in the order of the volume and records in the catalog
 * how far it has come, so that runs of any size cover everything in time.
 *
 *     a round begins at the start of the volume, and ends with its last object
 *     a run takes up the round where the last one has left it, and ends with the round at the latest
 *     what an interrupted run has not recorded is read again
 */
import type { BackupRow } from "../../catalog/backups.js";
import type { PlannedObject } from "../../chain/plan.js";
import { UsageError } from "../../errors.js";
import { MIB } from "../../units.js";
import type { ServiceContext } from "../context.js";
import type { VerifySubset } from "./requests.js";

/** Bytes of the volume that are read first within a duration, to learn how fast they can be read. */
const FIRST_PART = 256 * MIB;
/** A part is planned to take this share of the time that is left, and none begins when less than that share is left. */
const PLANNED_SHARE = 0.9;

/** Reads and checks some objects of the plan. */
type ReadPart = (isChosen: (planned: PlannedObject) => boolean) => Promise<void>;

interface SubsetWork {
  readonly backup: BackupRow;
  /** In the order of the plan. */
  readonly objects: readonly PlannedObject[];
  readonly volumeSize: number;
  readonly subset: VerifySubset;
}

/** @throws UsageError for a subset of nothing, or of more than everything */
export function checkSubset(subset: VerifySubset): void {
  const { share, size, durationMs } = subset;
  const given = [share, size, durationMs].filter((each) => each !== undefined);
  if (given.length === 1 && given[0]! > 0 && (share === undefined || share <= 1)) return;
  throw new UsageError(
    `Cannot verify a subset of ${JSON.stringify(subset)}: want a share above 0 and at most 1, a size, or a duration`,
  );
}

/** Reads the next parts. Resolves to the position of the round in the volume, `undefined` if it is complete. */
export async function readSubset(
  { catalog, host }: ServiceContext,
  { backup, objects, volumeSize, subset }: SubsetWork,
  read: ReadPart,
): Promise<number | undefined> {
  const begun = host.clock.monotonicMs();
  const { durationMs } = subset;
  const asked = subset.size ?? Math.ceil((subset.share ?? 1) * volumeSize);
  let wanted = durationMs === undefined ? asked : FIRST_PART;
  let done = 0;
  // The row as it is now: this run may have waited for another one.
  const { verifiedTo } = await catalog.backups.find(backup.id);
  for (let start = firstFrom(objects, verifiedTo ?? 0); ; ) {
    const end = endOfPart(objects, start, wanted);
    const chosen = new Set(objects.slice(start, end));
    await read((planned) => chosen.has(planned));
    start = end;
    const next = objects[start]?.object.offset;
    await record({ catalog, host }, backup, next);
    if (next === undefined || durationMs === undefined) return next;
    done += bytesOf([...chosen]);
    const elapsed = host.clock.monotonicMs() - begun;
    const left = durationMs - elapsed;
    if (left < (1 - PLANNED_SHARE) * durationMs) return next;
    wanted = Math.max(1, Math.floor((done / Math.max(1, elapsed)) * left * PLANNED_SHARE));
  }
}

async function record(
  { catalog, host }: Pick<ServiceContext, "catalog" | "host">,
  { id }: BackupRow,
  next: number | undefined,
): Promise<void> {
  const isRound = next === undefined;
  await catalog.backups.update(id, {
    verifiedTo: next ?? null,
    ...(isRound && { verifiedAt: host.clock.now() }),
  });
}

/** The first object of the rest of a round; a position that no object has any more begins a new one. */
function firstFrom(objects: readonly PlannedObject[], position: number): number {
  const index = objects.findIndex(({ object }) => object.offset >= position);
  return Math.max(0, index);
}

/** At least one object. Those of one offset are read together, because a position in the volume does not tell them apart. */
function endOfPart(objects: readonly PlannedObject[], start: number, wanted: number): number {
  let end = start;
  for (let size = 0; end < objects.length && (size < wanted || isSplit(objects, end)); end++)
    size += bytesOf([objects[end]!]);
  return end;
}

function isSplit(objects: readonly PlannedObject[], end: number): boolean {
  return objects[end - 1]?.object.offset === objects[end]!.object.offset;
}

function bytesOf(objects: readonly PlannedObject[]): number {
  return objects.flatMap(({ ranges }) => ranges).reduce((sum, { length }) => sum + length, 0);
}
