/** Texts of a running batch: the live table for people, lines for logs, JSON for programs. */
import type { BatchItem } from "../batch/item.js";
import { escapeControls } from "./output/text.js";
import { duration, percentOf, readable, secondsLeft } from "./progress-text.js";

export interface BatchTotals {
  readonly count: number;
  readonly doneCount: number;
  readonly failedCount: number;
  readonly activeCount: number;
  /** Bytes of the volumes. */
  readonly bytesDone: number;
  readonly bytesTotal: number;
}

/** Bytes count once: those of a volume that is backed up are done, whatever follows the backup. */
export function totalsOf(items: readonly BatchItem[]): BatchTotals {
  const left = items.filter(({ wasDone }) => !wasDone);
  const count = (stage: string): number => left.filter((item) => item.stage === stage).length;
  const bytesOf = (item: BatchItem): number => {
    if (item.hasEnded || item.backupId !== null) return item.volumeSize;
    return item.stage === "backup" ? item.progress.bytesDone : 0;
  };
  return {
    count: left.length,
    doneCount: count("done"),
    failedCount: count("failed"),
    activeCount: left.filter(isActive).length,
    bytesDone: left.reduce((sum, item) => sum + bytesOf(item), 0),
    bytesTotal: left.reduce((sum, { volumeSize }) => sum + volumeSize, 0),
  };
}

function isActive({ stage, hasEnded }: BatchItem): boolean {
  return !hasEnded && stage !== "waiting";
}

export interface TableOptions {
  readonly columns: number;
  readonly bytesPerSecond: number;
}

/** Volumes that the table shows; with more at work, the others are counted. */
const ROWS_MAX = 15;

/** One line for each volume that is under way, and one of totals. No line is wider than the screen. */
export function batchTable(items: readonly BatchItem[], { columns, bytesPerSecond }: TableOptions): string[] {
  const active = items.filter(isActive);
  const nameWidth = Math.min(40, Math.max(10, Math.floor(columns / 3)));
  const lines = active.slice(0, ROWS_MAX).map((item) => rowOf(item, nameWidth));
  if (active.length > ROWS_MAX) lines.push(`and ${active.length - ROWS_MAX} more`);
  lines.push(totalsLine(totalsOf(items), bytesPerSecond));
  return lines.map((line) => line.slice(0, columns - 1));
}

function rowOf({ source, stage, progress }: BatchItem, width: number): string {
  const name = escapeControls(source);
  const shown = name.length > width ? `…${name.slice(1 - width)}` : name.padEnd(width);
  const { bytesDone, bytesTotal, queuePosition } = progress;
  const amount = `${String(percentOf(progress)).padStart(3)}%  ${readable(bytesDone)} of ${readable(bytesTotal)}`;
  const state =
    queuePosition > 0 ? `waits for its turn: position ${queuePosition}` : bytesTotal > 0 ? amount : "";
  return `${shown}  ${stage.padEnd(8)}  ${state}`;
}

function totalsLine(totals: BatchTotals, bytesPerSecond: number): string {
  const { count, doneCount, failedCount, activeCount, bytesDone, bytesTotal } = totals;
  const left = secondsLeft({ bytesDone, bytesTotal, bytesPerSecond });
  return [
    `${doneCount} of ${count} done`,
    ...(failedCount > 0 ? [`${failedCount} failed`] : []),
    `${activeCount} under way`,
    `${readable(bytesDone)} of ${readable(bytesTotal)}`,
    `${readable(bytesPerSecond)}/s`,
    ...(left === null ? [] : [`${duration(left)} left`]),
  ].join(", ");
}

/** For a log: how a volume ended, e.g. `/srv/a.img: incremental, 1.2 MiB of 16.0 MiB stored in 0.4 s`. */
export function endLine(item: BatchItem): string {
  const { source, stage, isIncremental, storedSize, volumeSize, durationMs, reason } = item;
  if (stage !== "done") return `${source}: ${stage}: ${reason ?? ""}`;
  const level = isIncremental ? "incremental" : "full";
  const stored = `${readable(storedSize ?? 0)} of ${readable(volumeSize)} stored`;
  return `${source}: ${level}, ${stored} in ${duration((durationMs ?? 0) / 1000)}`;
}

/** An event of a volume. */
export function itemJson(item: BatchItem): string {
  const { source, group = null, stage, isIncremental, backupId, volumeSize, storedSize, reason } = item;
  return JSON.stringify({
    ...{ event: "volume", volume: source, group, stage, incremental: isIncremental, backup_id: backupId },
    ...{ volume_size: volumeSize, stored_size: storedSize, reason },
  });
}

export function totalsJson(totals: BatchTotals, bytesPerSecond: number): string {
  const { count, doneCount, failedCount, activeCount, bytesDone, bytesTotal } = totals;
  return JSON.stringify({
    ...{ event: "progress", volumes: count, done: doneCount, failed: failedCount, under_way: activeCount },
    ...{ bytes_done: bytesDone, bytes_total: bytesTotal, bytes_per_second: Math.round(bytesPerSecond) },
    seconds_left: secondsLeft({ bytesDone, bytesTotal, bytesPerSecond }),
  });
}
