/** `ashlar benchmark`: measures settings on the user's machine, store and volume, and recommends some. */
import type { Command } from "commander";
import { reportPage } from "../../benchmark/page.js";
import { recommend } from "../../benchmark/recommend.js";
import { type BenchmarkReport, reportJson } from "../../benchmark/report.js";
import { type BenchmarkRow, OPERATIONS, type TrialSettings, trialText } from "../../benchmark/trial.js";
import {
  type BenchmarkFlags,
  countOf,
  locationOf,
  operationsOf,
  shapeOf,
  shareOf,
  trialsOf,
  usualOf,
  volumeText,
} from "../benchmark-flags.js";
import type { Invocation } from "../invocation.js";
import { type Field, field, percentField, sizeField } from "../output/field.js";
import { rowsPrinter } from "../output/printer.js";
import { withExamples, withOutput } from "./flags.js";

const round = (value: number, digits: number): number => Number(value.toFixed(digits));

const FIELDS: readonly Field<BenchmarkRow>[] = [
  field("operation", ({ operation }) => operation),
  field(
    "codec",
    ({ compression }) => compression,
    "Codec",
    ({ compression, level }) => (level === undefined ? compression : `${compression} ${level}`),
  ),
  field("level", ({ level }) => level ?? null),
  sizeField("object_size", ({ objectSize }) => objectSize),
  field("concurrent_objects", ({ concurrentObjects }) => concurrentObjects, "At Once"),
  field("mib_per_second", ({ volumeSize, seconds }) => round(volumeSize / 1024 ** 2 / seconds, 1), "MiB/s"),
  field("seconds", ({ seconds }) => round(seconds, 3)),
  field("seconds_min", ({ secondsRange }) => (secondsRange ? round(secondsRange[0], 3) : null)),
  field("seconds_max", ({ secondsRange }) => (secondsRange ? round(secondsRange[1], 3) : null)),
  field("processor_seconds", ({ processorSeconds }) => round(processorSeconds, 3)),
  sizeField("memory", ({ memory }) => memory),
  sizeField("stored_size", ({ storedSize }) => storedSize),
  field(
    "limited_by",
    ({ limit }) => limit.stage,
    "Limited By",
    ({ limit }) => `${limit.stage} ${Math.round(limit.share * 100)}%`,
  ),
  percentField("limited_percent", ({ limit }) => Math.round(limit.share * 100)),
];

/** The usual columns of tables: settings that all rows share are left out. */
function columnsOf(trials: readonly TrialSettings[]): string[] {
  const varies = (read: (trial: TrialSettings) => number): boolean => new Set(trials.map(read)).size > 1;
  return [
    ...["operation", "codec"],
    ...(varies(({ objectSize }) => objectSize) ? ["object_size"] : []),
    ...(varies(({ concurrentObjects }) => concurrentObjects) ? ["concurrent_objects"] : []),
    ...["mib_per_second", "processor_seconds", "memory", "stored_size", "limited_by"],
  ];
}

export function addBenchmarkVerb(program: Command, invocation: Invocation): void {
  const verb = withOutput(program.command("benchmark"))
    .description("measure settings on this machine and this repository, and recommend some")
    .argument("[volume]", "path or URL of a volume, which is only read (default: one that is made up)")
    .option("--size <size>", "bytes of the made-up volume, e.g. 2G (default: 512M)")
    .option("--zero-share <share>", "share of it that is zero, from 0 to 1 (default: 0.3)")
    .option("--text-share <share>", "share of the rest that compresses like text (default: 0.6)")
    .option("--change-share <share>", "share of the volume that differs for an incremental", "0.01")
    .option("--codecs <list>", "codecs and levels, e.g. none,zlib:1,zlib,zstd (default: these)")
    .option("--object-sizes <list>", "e.g. 8M,50M (default: the configured backup_file_size)")
    .option("--concurrent-objects <list>", "e.g. 1,4,16 (default: the configured one)")
    .option("--operations <list>", "what to measure", OPERATIONS.join(","))
    .option("--rounds <count>", "how often to measure everything; medians are shown", "3")
    .option(
      "--scratch <directory>",
      "where the made-up volume and restores are (default: the state directory)",
    )
    .option("--html <file>", "write the report as a page")
    .option("--json <file>", "write the report as JSON")
    .action(async (volume: string | undefined, flags: BenchmarkFlags) => {
      await measure(volume, flags, invocation);
    });
  withExamples(
    verb,
    [
      "",
      "/dev/vg0/data --codecs zlib,zstd --object-sizes 8M,50M",
      "--concurrent-objects 1,4,16 --html report.html",
    ],
    "ashlar benchmark",
  );
}

async function measure(
  location: string | undefined,
  flags: BenchmarkFlags,
  invocation: Invocation,
): Promise<void> {
  const { host } = invocation;
  const { settings, digestEngine, repositories } = await invocation.settings();
  const usual = usualOf(settings);
  const volume = location === undefined ? shapeOf(flags) : locationOf(location, flags, invocation);
  const trials = trialsOf(flags, settings, usual);
  const print = rowsPrinter(FIELDS, columnsOf(trials), flags);
  const rounds = countOf("--rounds", flags.rounds);
  const changeShare = shareOf("--change-share", flags.changeShare);
  const benchmarking = await host.openBenchmarkHost();
  const machine = { version: host.version, ...benchmarking.machine() };
  const rows = await benchmarking.run({
    ...{ repository: settings.repository, repositories, digestEngine, container: settings.container },
    ...{ volume, trials, operations: operationsOf(flags), rounds, changeShare },
    blockSize: settings.blockSize,
    scratch: flags.scratch === undefined ? settings.stateDirectory : host.resolvePath(flags.scratch),
    signal: invocation.signal,
    onOperation: (trial, operation) => invocation.note(`${operation}: ${trialText(trial)}`),
  });
  const recommendations = recommend(rows, usual);
  const report: BenchmarkReport = {
    ...{ createdAt: host.clock.now(), machine, rounds, changeShare, usual, rows, recommendations },
    ...{ volume: volumeText(volume), repository: settings.repository },
  };
  await invocation.show(print, rows);
  if (flags.html !== undefined)
    await benchmarking.replaceFile(host.resolvePath(flags.html), reportPage(report));
  if (flags.json !== undefined)
    await benchmarking.replaceFile(host.resolvePath(flags.json), reportJson(report));
  if (flags.format !== "table" || flags.column !== undefined) return;
  await host.print(
    recommendations
      .map(({ aim, settings: best, why }) => `For ${aim}: ${trialText(best)} (${why}).\n`)
      .join(""),
  );
}
