/** What came out of the runs, as a table for people. */
import { readFile, writeFile } from "node:fs/promises";
import type { SuiteReport } from "../portable/run.js";
import type { RuntimeProgram } from "./programs.js";

export interface Outcome {
  readonly program: RuntimeProgram;
  readonly version: string;
  readonly report: SuiteReport;
  /** Of the suite, the throughput included where it was measured. */
  readonly seconds: number;
}

const DOCUMENT = new URL("../../../docs/runtimes.md", import.meta.url);
const START = "<!-- measured: npm run test:runtimes -- --measure --write -->";
const END = "<!-- end of measured -->";

function rowOf({ program, version, report, seconds }: Outcome): string[] {
  const { throughput } = report;
  const rates = [throughput?.digest, throughput?.full, throughput?.restore];
  return [
    program.name,
    version,
    String(report.passed),
    String(report.failures.length),
    seconds.toFixed(1),
    ...rates.map((rate) => (rate === undefined ? "" : rate.toFixed(0))),
  ];
}

/** A Markdown table; rates are MB (10^6 bytes) per second. */
export function printTable(outcomes: readonly Outcome[]): string {
  const head = ["runtime", "version", "passed", "failed", "seconds", "digest", "full", "restore"];
  const rows = [head, ...outcomes.map(rowOf)];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))),
  );
  const rule = widths.map((width, column) => (column < 2 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [lines[0]!, rule, ...lines.slice(1)].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** Puts the table between the marks of docs/runtimes.md. */
export async function writeDocument(outcomes: readonly Outcome[]): Promise<void> {
  const text = await readFile(DOCUMENT, "utf8");
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error("Cannot write docs/runtimes.md: the marks of its table are gone");
  await writeFile(DOCUMENT, `${text.slice(0, from)}${START}\n\n${printTable(outcomes)}\n\n${text.slice(to)}`);
}
