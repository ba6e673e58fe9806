/**
 * Runs the portable suite on every runtime, then lets each read what the others wrote. Prints a table, and fails when a
 * test does or a runtime is not there.
 *
 *   --only NAME[,NAME]   these runtimes alone
 *   --measure            also how fast each is
 *   --write              the table into docs/runtimes.md (with --measure)
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { encodeBytes } from "../portable/encoded-files.js";
import type { WrittenBackups } from "../portable/exchange.js";
import type { SuiteReport, SuiteRequest } from "../portable/run.js";
import { readGoldenFiles } from "./golden-files.js";
import { PROGRAMS, type RuntimeProgram } from "./programs.js";
import { type Outcome, printTable, writeDocument } from "./table.js";

const { values } = parseArgs({
  options: { only: { type: "string" }, measure: { type: "boolean" }, write: { type: "boolean" } },
});

function chosenPrograms(): readonly RuntimeProgram[] {
  const names = values.only?.split(",") ?? PROGRAMS.map(({ name }) => name);
  const unknown = names.filter((name) => !PROGRAMS.some((program) => program.name === name));
  if (unknown.length > 0) throw new Error(`Cannot run the suite on ${unknown.join(", ")}: no such runtime`);
  return PROGRAMS.filter(({ name }) => names.includes(name));
}

async function ask(program: RuntimeProgram, request: SuiteRequest): Promise<SuiteReport> {
  const directory = await mkdtemp(join(tmpdir(), `ashlar-${program.name}-`));
  try {
    const { report, error } = await program.run(request, directory);
    if (report !== undefined) return report;
    return {
      passed: 0,
      skipped: [],
      failures: [{ title: `${program.name} did not report`, error: error ?? "" }],
    };
  } catch (error) {
    return {
      passed: 0,
      skipped: [],
      failures: [{ title: `${program.name} did not run`, error: String(error) }],
    };
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

async function run(): Promise<Outcome[]> {
  const { vectors, files } = await readGoldenFiles();
  const encoded = Object.fromEntries([...files].map(([path, bytes]) => [path, encodeBytes(bytes)]));
  const outcomes: Outcome[] = [];
  const written: Record<string, WrittenBackups> = {};
  for (const program of chosenPrograms()) {
    const version = await program.version().catch(() => undefined);
    const started = performance.now();
    const report: SuiteReport =
      version === undefined
        ? { passed: 0, skipped: [], failures: [{ title: program.name, error: "is not installed" }] }
        : await ask(program, { vectors, files: encoded, measure: values.measure === true });
    if (report.written !== undefined) written[program.name] = report.written;
    outcomes.push({
      program,
      version: version ?? "missing",
      report,
      seconds: (performance.now() - started) / 1000,
    });
  }
  return await Promise.all(outcomes.map((outcome) => withExchange(outcome, written)));
}

/** `outcome` with the tests that read what the other runtimes wrote. */
async function withExchange(
  outcome: Outcome,
  written: Readonly<Record<string, WrittenBackups>>,
): Promise<Outcome> {
  const { program, report } = outcome;
  const others = Object.fromEntries(Object.entries(written).filter(([name]) => name !== program.name));
  if (report.written === undefined) return outcome;
  const exchange = await ask(program, { vectors: [], files: {}, written: others, measure: false });
  return {
    ...outcome,
    report: {
      ...report,
      passed: report.passed + exchange.passed,
      skipped: [...report.skipped, ...exchange.skipped],
      failures: [...report.failures, ...exchange.failures],
    },
  };
}

const outcomes = await run();
for (const { program, report } of outcomes) {
  for (const { title, error } of report.failures) console.log(`✘ ${program.name}: ${title}\n${error}\n`);
}
console.log(printTable(outcomes));
const passed = outcomes.reduce((sum, { report }) => sum + report.passed, 0);
const skipped = outcomes.reduce((sum, { report }) => sum + report.skipped.length, 0);
const failed = outcomes.reduce((sum, { report }) => sum + report.failures.length, 0);
console.log(`\n  ${passed} tests passed\n  ${skipped} tests skipped\n  ${failed} tests failed`);
if (values.write === true && failed === 0) await writeDocument(outcomes);
process.exitCode = failed === 0 ? 0 : 1;
