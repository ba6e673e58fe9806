/** The page of a report: what was to be reached and what was, then everything that was measured. */
import { GIB, MIB } from "../../src/units.js";
import { printMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { DUTIES } from "./duties.js";
import type { Plot } from "./plots.js";
import type { PeersReport } from "./report.js";
import type { Measured, Measurements } from "./rounds.js";
import { scanRates } from "./scan-rate.js";
import { type Statistic, spreadOf } from "./statistic.js";
import { judge, judgeMemory, peakOf, statisticBy, targetsFor, timeOf } from "./targets.js";

const NOTHING = "–";
/** The scan with the WASM engine is to reach this: bytes per second, and its factor at 90 % zeros. */
const SCAN_RATE_MIN = 1.6e9;
const ZEROS_FACTOR_MIN = 4;

export function printPage(report: PeersReport, plots: readonly Plot[]): string {
  const { machine, command, measurements } = report;
  const major = /\d+/.exec(machine.node)?.[0];
  return `${[
    `# Against the peers, on Node ${major}`,
    `Made by \`${command}\`, which writes this page, the JSON beside it and the plots. ${ashlarNote(report)}`,
    introduction(report),
    "## What was to be reached",
    targetsTable(report),
    scanTable(report),
    "## Who does what",
    dutiesTable(report),
    "## Memory",
    memoryText(measurements),
    ...plots.map(({ name, title }) => `![${title}](${name})`),
    "## Everything measured",
    everything(measurements),
    failures(measurements),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function ashlarNote({ isQuick, ashlar }: PeersReport): string {
  const quick = "It took a small volume and few rounds: start-up weighs more here than on a real volume.";
  return `Ashlar ${ashlar}.${isQuick ? ` ${quick}` : ""}`;
}

function introduction({ machine, tools, image, rounds, isWhole }: PeersReport): string {
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  const size = image.size >= GIB ? `${image.size / GIB} GiB` : `${image.size / MIB} MiB`;
  return `${printMachine(machine)}. Load average before it began: ${machine.load.toFixed(2)}. Installed: ${versions.join(", ")}.

The volume has ${size}: ${image.description}. Whole commands, start-up included, page cache warm, what was written before
synced. Contenders of a group take turns, beginning with another one each round; times are medians, ratios medians of
those within a round. Rounds: at most ${rounds}; every group has one, then the cheapest have more while there is time,
and first of all those that are close to what is wanted. A restore's first outcome is compared with the volume byte by
byte. Objects of 1.86 GiB are of a volume that is this one twice, so that one of them is whole.${isWhole ? "" : " CPU time and memory were not measured: GNU time is not installed."}`;
}

function targetsTable({ measurements, hasNativeZstd, machine }: PeersReport): string {
  const rows = targetsFor({ hasNativeZstd, cores: machine.cores }).map((target) => {
    const { row, group, ours, against, atLeast, time, best, ratio } = judge(target, measurements);
    const name = best === undefined || best.name.startsWith("cinder") ? "" : ` (${best.name})`;
    const contenders = measurements[group] ?? {};
    return [
      row,
      time === undefined ? NOTHING : inSeconds(time.median),
      cpuOf(contenders[ours]),
      against,
      best === undefined ? NOTHING : `${inSeconds(best.time.median)}${name}`,
      best === undefined ? NOTHING : cpuOf(contenders[best.name]),
      ratio === undefined ? NOTHING : `${ratio.median.toFixed(2)}${rangeOf(ratio, " (", ")")}`,
      `≥ ${atLeast.toFixed(1)}`,
      ratio === undefined ? "not measured" : verdictOf(ratio.median >= atLeast),
    ];
  });
  return table(
    ["", "Ashlar, s", "CPU, s", "against", "peer, s", "CPU, s", "peer ÷ Ashlar", "wanted", ""],
    rows,
  );
}

/** A tool that does less of this is compared with one that does more. */
function dutiesTable({ tools }: PeersReport): string {
  const rows = DUTIES.filter(({ tool }) => tool === "ashlar" || tools[tool] !== undefined).map(
    ({ tool, synced, restored, digests, isEncrypted }) => [
      ...[tool, synced, restored, digests],
      isEncrypted ? "yes" : "no",
    ],
  );
  return table(["", "a backup syncs", "a restore syncs", "digests", "encrypts"], rows);
}

function scanTable({ measurements, zerosSize }: PeersReport): string {
  const rates = scanRates(measurements.zeros ?? {}, zerosSize);
  if (rates.length === 0) return "";
  const rows = rates.map(({ engine, zeroPercent, seconds, whole, scan }) => {
    const base = rates.find((other) => other.engine === engine && other.zeroPercent === 0)?.scan;
    const factor = scan === undefined || base === undefined ? undefined : scan / base;
    return [
      `${engine}, ${zeroPercent} % zeros`,
      inSeconds(seconds),
      inGigabytes(whole),
      scan === undefined ? NOTHING : inGigabytes(scan),
      factor === undefined ? NOTHING : factor.toFixed(2),
      scanVerdict(engine, zeroPercent, { scan, factor }),
    ];
  });
  const header = ["nothing changed, digests by", "s", "GB/s", "GB/s without start", "× no zeros", ""];
  return `${table(header, rows)}

Without start: what the same command takes for a volume of one block is taken off.`;
}

function scanVerdict(
  engine: string,
  zeroPercent: number,
  { scan, factor }: { readonly scan: number | undefined; readonly factor: number | undefined },
): string {
  if (engine === "wasm" && zeroPercent === 0 && scan !== undefined)
    return `≥ ${(SCAN_RATE_MIN / 1e9).toFixed(1)} GB/s: ${verdictOf(scan >= SCAN_RATE_MIN)}`;
  if (zeroPercent === 90 && factor !== undefined)
    return `≥ ${ZEROS_FACTOR_MIN} ×: ${verdictOf(factor >= ZEROS_FACTOR_MIN)}`;
  return "";
}

function memoryText(measurements: Measurements): string {
  const rows = judgeMemory(measurements).map(({ group, ours, peak, cinder, atMost, limit }) => {
    const ratio = cinder === undefined ? undefined : peak / cinder;
    return [
      `${group}: ${ours}`,
      inMib(peak),
      peak <= limit ? "met" : "**not met**",
      cinder === undefined ? NOTHING : inMib(cinder),
      ratio === undefined ? NOTHING : ratio.toFixed(3),
      `≤ ${atMost}`,
      ratio === undefined ? "not measured" : verdictOf(ratio <= atMost),
    ];
  });
  if (rows.length === 0) return "Not measured: that takes GNU time.";
  const header = ["", "peak, MiB", "≤ 192 MiB", "Cinder, MiB", "Ashlar ÷ Cinder", "wanted", ""];
  return `Most resident memory of the process in any round, Node itself included.\n\n${table(header, rows)}`;
}

function everything(measurements: Measurements): string {
  const header = [
    "",
    "s",
    "lowest to highest",
    "spread",
    "rounds",
    "CPU, s",
    "peak, MiB",
    "repository, MB",
    "growth, MB",
  ];
  const groups = Object.entries(measurements).map(([id, contenders]) => {
    const rows = Object.entries(contenders).map(([name, measured]) => rowOf(name, measured));
    return `### ${id}\n\n${table(header, rows)}`;
  });
  return groups.join("\n\n");
}

function rowOf(name: string, measured: Measured): string[] {
  const time = timeOf(measured);
  if (time === undefined) return [name, ...Array.from({ length: 8 }, () => NOTHING)];
  const peak = peakOf(measured);
  const { repository, growth } = measured.figures;
  return [
    name,
    inSeconds(time.median),
    rangeOf(time) || NOTHING,
    time.count > 1 ? percentOf(time) : NOTHING,
    String(time.count),
    cpuOf(measured),
    peak === undefined ? NOTHING : inMib(peak),
    repository === undefined ? "" : (repository / 1e6).toFixed(1),
    growth === undefined ? "" : (growth / 1e6).toFixed(1),
  ];
}

function cpuOf(measured: Measured | undefined): string {
  const cpu = statisticBy(measured, ({ cpuSeconds }) => cpuSeconds);
  return cpu === undefined ? NOTHING : inSeconds(cpu.median);
}

function failures(measurements: Measurements): string {
  const failed = Object.entries(measurements).flatMap(([id, contenders]) =>
    Object.entries(contenders).flatMap(([name, { error }]) =>
      error === undefined ? [] : [`- ${id}, ${name}: ${error.replaceAll(/\s+/g, " ")}`],
    ),
  );
  return failed.length === 0 ? "" : `## Failed\n\n${failed.join("\n")}`;
}

function verdictOf(isMet: boolean): string {
  return isMet ? "met" : "**not met**";
}

/** Of one sample nothing: it has no range. */
function rangeOf({ low, high, count }: Statistic, before = "", after = ""): string {
  return count > 1 ? `${before}${low.toFixed(2)} to ${high.toFixed(2)}${after}` : "";
}

function inSeconds(seconds: number): string {
  return seconds.toFixed(2);
}

function inMib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

function inGigabytes(bytesPerSecond: number): string {
  return (bytesPerSecond / 1e9).toFixed(2);
}

function percentOf(statistic: Statistic): string {
  return `${(spreadOf(statistic) * 100).toFixed(0)} %`;
}
