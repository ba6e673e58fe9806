/** Formats progress: one line for people, one JSON object for programs. */
import { GIB, KIB, MIB } from "../units.js";

/** The progress of a run at one moment. */
export interface ProgressPoint {
  /** The present stage, in a word. */
  readonly stage: string;
  /** Queue position, from 1 on; 0 if the operation does not wait. */
  readonly queuePosition: number;
  /** Bytes of the volume. */
  readonly bytesDone: number;
  readonly bytesSkipped: number;
  /** 0 while unknown. */
  readonly bytesTotal: number;
  readonly bytesPerSecond: number;
}

export interface LineOptions {
  /** The operation, in a word. */
  readonly label: string;
  /** Maximum width of the line, in characters. */
  readonly columns: number;
}

const BAR_WIDTH_MAX = 40;
const BAR_WIDTH_MIN = 5;

/** For example `backup   42% [########            ] 1.7 GiB of 4.0 GiB, 512.0 MiB/s, 5 s left`. */
export function progressLine(point: ProgressPoint, { label, columns }: LineOptions): string {
  const { bytesDone, bytesTotal, bytesPerSecond, queuePosition } = point;
  if (queuePosition > 0)
    return `${label} waits for its turn: position ${queuePosition}`.slice(0, columns - 1);
  if (bytesTotal === 0)
    return bytesDone === 0
      ? `${label} ...`
      : `${label} ${readable(bytesDone)}, ${readable(bytesPerSecond)}/s`.slice(0, columns - 1);
  const start = `${label} ${String(percentOf(point)).padStart(3)}%`;
  const left = secondsLeft(point);
  const end = [
    `${readable(bytesDone)} of ${readable(bytesTotal)}`,
    `${readable(bytesPerSecond)}/s`,
    ...(left === null ? [] : [`${duration(left)} left`]),
  ].join(", ");
  const room = columns - start.length - end.length - " [] ".length - 1;
  const width = Math.min(BAR_WIDTH_MAX, room);
  const bar = width < BAR_WIDTH_MIN ? " " : ` [${"#".repeat((width * fraction(point)) | 0).padEnd(width)}] `;
  // A line that wraps cannot be overwritten.
  return (start + bar + end).slice(0, columns - 1);
}

/** The final line of a bar, which stays on the screen. */
export function finalLine(
  point: ProgressPoint,
  { label, seconds }: { label: string; seconds: number },
): string {
  const { bytesDone, bytesTotal, bytesSkipped, bytesPerSecond } = point;
  const parts = [
    `${readable(bytesDone)} of ${readable(bytesTotal)} in ${duration(seconds)}`,
    `${readable(bytesPerSecond)}/s`,
    ...(bytesSkipped > 0 ? [`${readable(bytesSkipped)} not read`] : []),
  ];
  return `${label} ${percentOf(point)}%: ${parts.join(", ")}`;
}

export function progressJson(point: ProgressPoint): string {
  return JSON.stringify({
    event: "progress",
    stage: point.stage,
    queue_position: point.queuePosition,
    bytes_done: point.bytesDone,
    bytes_total: point.bytesTotal,
    bytes_skipped: point.bytesSkipped,
    percent: percentOf(point),
    bytes_per_second: Math.round(point.bytesPerSecond),
    seconds_left: secondsLeft(point),
  });
}

type Amount = Pick<ProgressPoint, "bytesDone" | "bytesTotal">;

function fraction({ bytesDone, bytesTotal }: Amount): number {
  return bytesTotal === 0 ? 0 : Math.min(1, bytesDone / bytesTotal);
}

/** Rounded down: 100 means that all is done. */
export function percentOf(point: Amount): number {
  return Math.floor(fraction(point) * 100);
}

/** Rounded up, in seconds; null while unknown. */
export function secondsLeft({
  bytesDone,
  bytesTotal,
  bytesPerSecond,
}: Amount & Pick<ProgressPoint, "bytesPerSecond">): number | null {
  if (bytesTotal === 0 || bytesPerSecond <= 0) return null;
  return Math.ceil(Math.max(0, bytesTotal - bytesDone) / bytesPerSecond);
}

const UNITS: readonly (readonly [size: number, name: string])[] = [
  [GIB * KIB, "TiB"],
  [GIB, "GiB"],
  [MIB, "MiB"],
  [KIB, "KiB"],
];

/** For example `1.7 GiB`. */
export function readable(bytes: number): string {
  const unit = UNITS.find(([size]) => bytes >= size);
  return unit === undefined ? `${Math.round(bytes)} B` : `${(bytes / unit[0]).toFixed(1)} ${unit[1]}`;
}

/** `0.4 s`, `15 s`, `2:05`, `1:02:05`. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const parts = whole < 3600 ? [] : [Math.floor(whole / 3600)];
  parts.push(Math.floor(whole / 60) % 60, whole % 60);
  return parts.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
