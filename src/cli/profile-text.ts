/** Formats a profile: a table for people, one JSON object for programs. */
import type { StageFigures } from "../pipeline/run/profile.js";
import { readable } from "./progress-text.js";

const HEADINGS = ["stage", "bytes", "busy", "waited for input", "waited for output"] as const;

/** Seconds of every stage, in the order of the data flow. */
export function profileTable(stages: readonly StageFigures[]): string {
  const rows = stages.map(({ stage, bytes, busySeconds, waitInputSeconds, waitOutputSeconds }) => [
    stage,
    readable(bytes),
    ...[busySeconds, waitInputSeconds, waitOutputSeconds].map((seconds) => `${seconds.toFixed(2)} s`),
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]!.length)),
  );
  const line = (cells: readonly string[]) =>
    `${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join("  ")}\n`;
  return [HEADINGS, ...rows].map(line).join("");
}

/** Times are rounded to the microsecond. */
export function profileJson(stages: readonly StageFigures[]): string {
  return JSON.stringify({
    event: "profile",
    stages: stages.map(({ stage, bytes, busySeconds, waitInputSeconds, waitOutputSeconds }) => ({
      stage,
      bytes,
      busy_seconds: rounded(busySeconds),
      wait_input_seconds: rounded(waitInputSeconds),
      wait_output_seconds: rounded(waitOutputSeconds),
    })),
  });
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
