/**
 * Decides which backups may be deleted. A chain is kept as long as any part of it is kept: the ancestors of a kept
 * backup are kept with it.
 *
 *     for each volume, its available backups, newest first:
 *       keep the last N; of each day (week, month, year; UTC) the newest, for the last N that have any
 *     keep the ancestors of kept backups; delete the rest, dependents first
 */
import type { BackupRow } from "../../catalog/backups.js";
import { UsageError } from "../../errors.js";
import type { RetentionDecision, RetentionRules } from "../requests.js";

const DAY_MS = 86_400_000;
/** Tolerated difference between the clocks of hosts that share a catalog. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The calendar span that contains a moment, as a text that is the same for all its moments. */
const SPANS: Readonly<Record<Exclude<keyof RetentionRules, "last">, (moment: Date) => string>> = {
  daily: (moment) => moment.toISOString().slice(0, 10),
  // Weeks begin on Monday; 1970 began on a Thursday.
  weekly: (moment) => String(Math.floor((Math.floor(moment.getTime() / DAY_MS) + 3) / 7)),
  monthly: (moment) => moment.toISOString().slice(0, 7),
  yearly: (moment) => moment.toISOString().slice(0, 4),
};

export interface RetentionFacts {
  readonly now?: Date | undefined;
  /** Why each of these backups cannot be deleted, by ID. */
  readonly locked?: ReadonlyMap<string, string> | undefined;
}

/**
 * Decides for every backup of `backups`, in the order in which those that are not kept can be deleted. Backups that are
 * not available are kept, and so are their ancestors.
 * @throws UsageError if there is no rule, because everything would be deleted
 */
export function planRetention(
  backups: readonly BackupRow[],
  rules: RetentionRules,
  { now, locked = new Map() }: RetentionFacts = {},
): RetentionDecision[] {
  if (Object.values(rules).every((count) => count === undefined || count === 0))
    throw new UsageError("Cannot prune backups: want at least one rule of what to keep");
  const reasons = new Map<string, Set<string>>();
  const keep = (id: string, reason: string): void => {
    reasons.set(id, (reasons.get(id) ?? new Set()).add(reason));
  };
  // A backup dated by a wrong clock would count as the newest, and the real newest would be deleted.
  const isLater = (backup: BackupRow): boolean => now !== undefined && isInFuture(backup, now);
  for (const backup of backups) {
    // Its deletion failed: it is tried again.
    if (backup.status === "error_deleting") continue;
    if (backup.status !== "available") keep(backup.id, backup.status);
    else if (isLater(backup)) keep(backup.id, "dated in the future");
  }
  for (const [id, reason] of locked) keep(id, reason);
  for (const volumeId of new Set(backups.map((backup) => backup.volumeId))) {
    const newestFirst = backups
      .filter((backup) => backup.volumeId === volumeId && backup.status === "available" && !isLater(backup))
      .sort((a, b) => momentOf(b).getTime() - momentOf(a).getTime() || (a.id < b.id ? 1 : -1));
    keepByRules(newestFirst, rules, keep);
  }
  keepBases(backups, reasons, keep);
  const depths = depthsOf(backups);
  return [...backups]
    .sort((a, b) => depths.get(b.id)! - depths.get(a.id)!)
    .map((backup) => {
      const why = [...(reasons.get(backup.id) ?? [])];
      return { backup, isKept: why.length > 0, reasons: why };
    });
}

/** The moment whose data the backup holds, as far as it is known. */
export function momentOf({ dataTimestamp, createdAt }: BackupRow): Date {
  return dataTimestamp ?? createdAt;
}

/** Whether a clock was wrong when the backup was dated. */
export function isInFuture(backup: BackupRow, now: Date): boolean {
  return momentOf(backup).getTime() >= endOfPresent(now).getTime();
}

/** A later moment is in the future by the clock of any host. */
export function endOfPresent(now: Date): Date {
  return new Date(now.getTime() + CLOCK_SKEW_MS);
}

function keepByRules(
  newestFirst: readonly BackupRow[],
  rules: RetentionRules,
  keep: (id: string, reason: string) => void,
): void {
  for (const { id } of newestFirst.slice(0, rules.last ?? 0)) keep(id, "last");
  for (const [rule, spanOf] of Object.entries(SPANS)) {
    const count = rules[rule as keyof typeof SPANS] ?? 0;
    const spans = new Set<string>();
    for (const backup of newestFirst) {
      const span = spanOf(momentOf(backup));
      if (spans.has(span) || spans.size >= count) continue;
      spans.add(span);
      keep(backup.id, rule);
    }
  }
}

function keepBases(
  backups: readonly BackupRow[],
  reasons: ReadonlyMap<string, unknown>,
  keep: (id: string, reason: string) => void,
): void {
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  for (const start of [...reasons.keys()]) {
    const seen = new Set([start]);
    for (let parent = byId.get(start)?.parentId; parent != null; parent = byId.get(parent)?.parentId) {
      if (seen.has(parent)) break;
      seen.add(parent);
      if (byId.has(parent)) keep(parent, "based on");
    }
  }
}

/** Length of the chain that ends at each backup. */
function depthsOf(backups: readonly BackupRow[]): ReadonlyMap<string, number> {
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  const depthOf = ({ id }: BackupRow): number => {
    const seen = new Set<string>();
    for (let current: string | null | undefined = id; current != null && !seen.has(current); ) {
      seen.add(current);
      current = byId.get(current)?.parentId;
    }
    return seen.size;
  };
  return new Map(backups.map((backup) => [backup.id, depthOf(backup)]));
}
