/** The measured table of `docs/runtimes.md`. */
import { readFile, writeFile } from "node:fs/promises";
import { table } from "../../bench/report/markdown.js";
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
  return table(head, outcomes.map(rowOf), 2);
}

/** Puts the table between the marks of docs/runtimes.md. */
export async function writeDocument(outcomes: readonly Outcome[]): Promise<void> {
  const text = await readFile(DOCUMENT, "utf8");
  const [from, to] = [text.indexOf(START), text.indexOf(END)];
  if (from < 0 || to < from)
    throw new Error("Cannot write docs/runtimes.md: the marks of its table are gone");
  await writeFile(DOCUMENT, `${text.slice(0, from)}${START}\n\n${printTable(outcomes)}\n\n${text.slice(to)}`);
}
