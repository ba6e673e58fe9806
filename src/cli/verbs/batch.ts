/** `ashlar batch run|plan`: backups of many volumes by a plan. */
import type { Command } from "commander";
import type { BatchItem } from "../../batch/item.js";
import type { BatchPlan } from "../../batch/plan.js";
import type { PreparedUnit } from "../../batch/prepare.js";
import type { BatchOutcome } from "../../batch/run.js";
import { UsageError } from "../../errors.js";
import { openBatchDisplay } from "../batch-display.js";
import { BATCH_COLUMNS, BATCH_FIELDS, PLAN_COLUMNS, PLAN_FIELDS, type PlannedRow } from "../batch-fields.js";
import { batchParts } from "../batch-parts.js";
import { EXIT_NONE, EXIT_SOME, IncompleteError } from "../exit-code.js";
import type { BatchHost } from "../host.js";
import type { Invocation } from "../invocation.js";
import { rowsPrinter } from "../output/printer.js";
import { duration, readable } from "../progress-text.js";
import { type OutputFlags, withExamples, withOutput } from "./flags.js";

interface PathFlags {
  readonly stdin?: boolean;
  readonly null?: boolean;
}

interface RunFlags extends OutputFlags, PathFlags {
  readonly resume?: boolean;
  readonly dryRun?: boolean;
  readonly junit?: string;
  readonly prometheus?: string;
}

const RUN_EXAMPLES: readonly string[] = [
  "run nightly.yaml",
  "run nightly.yaml --resume",
  "run nightly.yaml --junit report.xml --prometheus /var/lib/node_exporter/ashlar.prom",
  "run images.yaml --stdin --null < paths",
];

export function addBatchVerbs(batch: Command, invocation: Invocation): void {
  withExamples(withPaths(withOutput(batch.command("run"))), RUN_EXAMPLES, "ashlar batch")
    .description("back up the volumes of a plan; one that fails does not stop the others")
    .argument("<plan>", "file, see docs/batch.md")
    .option("--resume", "go on with what is missing of the plan's last run")
    .option("--dry-run", "back up nothing, show what would be done, as batch plan")
    .option("--junit <file>", "also write the report as JUnit XML")
    .option("--prometheus <file>", "also write metrics for Prometheus' textfile collector")
    .action(async (file: string, flags: RunFlags) => {
      if (flags.dryRun) await showPlan(invocation, file, flags);
      else await run(invocation, file, flags);
    });
  withExamples(withPaths(withOutput(batch.command("plan"))), ["plan nightly.yaml"], "ashlar batch")
    .description("show what a run of the plan would do: full or incremental and why, memory, estimates")
    .argument("<plan>", "file, see docs/batch.md")
    .action((file: string, flags: OutputFlags & PathFlags) => showPlan(invocation, file, flags));
}

function withPaths(command: Command): Command {
  return command
    .option("--stdin", "also back up the files and devices named on standard input, one path a line")
    .option("-0, --null", "paths on standard input end with a NUL character instead of a line");
}

/** A plan, and its text. */
export async function loadPlan(
  invocation: Invocation,
  file: string,
): Promise<{ readonly plan: BatchPlan; readonly text: string }> {
  const { readPlan } = await import("../../batch/plan-file.js");
  const text = await invocation.host.readTextFile(file).catch((cause: Error) => {
    throw new UsageError(`Cannot read plan "${file}": ${cause.message}`, { cause });
  });
  return { plan: readPlan(text, file), text };
}

async function readPaths(invocation: Invocation, flags: PathFlags): Promise<string[]> {
  if (!flags.stdin) {
    if (flags.null) throw new UsageError("Cannot use --null alone: want --stdin with it");
    return [];
  }
  const text = await invocation.host.readStandardInput();
  return text.split(flags.null ? "\0" : "\n").filter((path) => path !== "");
}

async function showPlan(invocation: Invocation, file: string, flags: OutputFlags & PathFlags): Promise<void> {
  const print = rowsPrinter(PLAN_FIELDS, PLAN_COLUMNS, flags);
  const { plan } = await loadPlan(invocation, file);
  const paths = await readPaths(invocation, flags);
  const { prepareBatch } = await import("../../batch/prepare.js");
  const { concurrencyOf } = await import("../../batch/run.js");
  const { settings } = await invocation.settings();
  const batchHost = await invocation.host.openBatchHost();
  const units = await invocation.use((service) =>
    prepareBatch(batchParts(invocation, batchHost, service), plan, { paths }),
  );
  await invocation.show(print, rowsOf(units));
  invocation.note(await summaryOf(units, concurrencyOf(plan, settings), settings.maxMemory));
}

function rowsOf(units: readonly PreparedUnit[]): PlannedRow[] {
  return units.flatMap(({ name: group, snapshot, volumes }) =>
    volumes.map((volume) => ({ volume, group, snapshot })),
  );
}

/** Totals: volumes, bytes, memory of what runs at once, and time by the last runs. */
async function summaryOf(
  units: readonly PreparedUnit[],
  concurrency: number,
  maxMemory: number | undefined,
): Promise<string> {
  const { estimateTotalMs } = await import("../../batch/estimate.js");
  const volumes = units.flatMap((unit) => unit.volumes);
  const size = volumes.reduce((sum, volume) => sum + volume.size, 0);
  const incremental = volumes.filter(({ decision }) => decision.isIncremental).length;
  const largest = volumes.map(({ target }) => target.memory).sort((a, b) => b - a);
  const atOnce = largest.slice(0, concurrency).reduce((sum, memory) => sum + memory, 0);
  const limited = maxMemory === undefined ? atOnce : Math.min(atOnce, maxMemory);
  const totalMs = estimateTotalMs(
    volumes.map(({ estimate }) => estimate),
    concurrency,
  );
  return [
    `${volumes.length} volumes of ${readable(size)}`,
    `${volumes.length - incremental} full and ${incremental} incremental`,
    `at most ${Math.min(concurrency, volumes.length)} at once in ${readable(limited)} of memory`,
    totalMs === undefined
      ? "no estimate of the time: not all were backed up like this before"
      : `about ${duration(totalMs / 1000)}`,
  ].join(", ");
}

async function run(invocation: Invocation, file: string, flags: RunFlags): Promise<void> {
  const print = rowsPrinter(BATCH_FIELDS, BATCH_COLUMNS, flags);
  const { plan } = await loadPlan(invocation, file);
  const paths = await readPaths(invocation, flags);
  const batchHost = await invocation.host.openBatchHost();
  const { runBatch } = await import("../../batch/run.js");
  const { settings } = await invocation.settings();
  const display = openBatchDisplay(invocation);
  const outcome = await invocation.use(async (service) => {
    try {
      return await runBatch(batchParts(invocation, batchHost, service), plan, {
        ...{ paths, resume: flags.resume, maxOperations: settings.maxOperations, signal: invocation.signal },
        onStart: (_, items) => display.start(items),
        onStage: (item) => display.onStage(item),
        onWait: (other) =>
          invocation.note(
            `waiting for the run of "${plan.name}" that began ${other.startedAt.toISOString()}`,
          ),
        warn: (text) => invocation.warn(text),
      });
    } finally {
      display.finish();
    }
  });
  await writeReports(invocation, batchHost, { outcome, flags });
  await invocation.show(print, outcome.items);
  invocation.note(sentenceOf(outcome));
  invocation.signal.throwIfAborted();
  throwIfIncomplete(outcome);
}

interface Reports {
  readonly outcome: BatchOutcome;
  readonly flags: RunFlags;
}

async function writeReports(
  invocation: Invocation,
  host: BatchHost,
  { outcome, flags: { junit, prometheus } }: Reports,
): Promise<void> {
  if (junit !== undefined) {
    const { junitReport } = await import("../../batch/junit.js");
    await host.replaceFile(junit, junitReport(outcome));
  }
  if (prometheus !== undefined) {
    const { prometheusReport } = await import("../../batch/prometheus.js");
    await host.replaceFile(prometheus, prometheusReport(outcome, invocation.host.clock.now()));
  }
}

function sentenceOf({ run: { id, plan }, items, durationMs }: BatchOutcome): string {
  const done = items.filter(({ stage }) => stage === "done");
  const stored = done.reduce((sum, { storedSize }) => sum + (storedSize ?? 0), 0);
  const failed = items.length - done.length;
  const rest = failed === 0 ? "" : `, ${failed} not`;
  return `plan "${plan}", run ${id}: ${done.length} of ${items.length} volumes backed up${rest}, ${readable(stored)} stored in ${duration(durationMs / 1000)}`;
}

function throwIfIncomplete({ status, items }: BatchOutcome): void {
  if (status === "all") return;
  const failed = items.filter(({ stage }) => stage === "failed");
  const shown = failed.slice(0, 5).map(describe).join("; ");
  const more = failed.length > 5 ? `; and ${failed.length - 5} more` : "";
  throw new IncompleteError(
    `${failed.length} of ${items.length} volumes failed: ${shown}${more}`,
    status === "some" ? EXIT_SOME : EXIT_NONE,
  );
}

function describe({ source, reason }: BatchItem): string {
  return `${source} (${reason})`;
}
