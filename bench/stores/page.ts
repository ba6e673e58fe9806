/** The page and the plot of a run: who is faster by how much at each store, then everything that was measured. */
import { MIB } from "../../src/units.js";
import type { Measured, Measurements } from "../peers/rounds.js";
import { type ByRound, ratioOf, type Statistic, spreadOf, statisticOf } from "../peers/statistic.js";
import { plotRanking, type RankingPanel } from "../plot/ranking.js";
import { type Machine, printMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import { groupOf, OPERATIONS } from "./trial.js";

export interface StoresReport {
  /** That made it. */
  readonly command: string;
  readonly ashlar: string;
  readonly machine: Machine;
  /** Versions by name. */
  readonly tools: Readonly<Record<string, string>>;
  readonly stores: readonly string[];
  readonly codecs: readonly string[];
  readonly image: { readonly size: number; readonly description: string };
  /** Whole rounds. */
  readonly rounds: number;
  readonly measurements: Measurements;
}

const NOTHING = "–";
const KINDS = {
  ashlar: { name: "Ashlar", colour: 0 },
  cinder: { name: "Cinder", colour: 3 },
  restic: { name: "restic", colour: 1 },
} as const;

/** @param plot the file that `drawPlot`'s text is in */
export function printPage(report: StoresReport, { plot }: { readonly plot: string }): string {
  return `${[
    `# Object stores, beside Cinder and restic, on Node ${report.machine.node.replace(/^v?(\d+).*/, "$1")}`,
    `Made by \`${report.command}\`, which writes this page, the JSON beside it and the plot. Ashlar ${report.ashlar}.`,
    introduction(report),
    "## Ashlar and the others",
    comparison(report),
    `![Seconds of the whole command](${plot})`,
    "## Everything measured",
    ...report.stores.flatMap((store) =>
      OPERATIONS.map(({ id, title }) => section(report, store, { id, title })),
    ),
    failures(report),
  ]
    .filter((part) => part !== "")
    .join("\n\n")}\n`;
}

function introduction({ machine, tools, image, rounds, measurements }: StoresReport): string {
  const versions = Object.entries(tools).map(([name, version]) => `${name} ${version}`);
  return `${printMachine(machine)}. ${versions.join(", ")}. ${loadText(measurements, machine)}

The volume has ${image.size / MIB} MiB: ${image.description}. Servers are real, of one replica, on the same machine, and share its cores
with whoever uses them; nothing but the loopback is between. Whole commands, start-up included, page cache warm, what was
written before synced and the disk at rest. In each of ${rounds} rounds everybody gets a container of their own; operations follow each other, and at
each operation all take turns, beginning with another one each round. Times are medians, ratios medians of those within a
round. What the first round restores is compared with the volume byte by byte. Ashlar and Cinder sync what they restore,
restic does not, so there is a second restore in which \`sync\` of the file follows; restic encrypts, the others do not. "Faster" is who was so in every round. CPU and memory are those of the command, without the server's.`;
}

/** How busy the machine was, with these servers too. */
function loadText(measurements: Measurements, { cores }: Machine): string {
  const loads = allOf(measurements).flatMap(({ samples }) => samples.map(({ load }) => load));
  if (loads.length === 0) return "";
  const { median, low, high } = statisticOf(loads)!;
  const busy =
    median > 2 * cores
      ? " The machine was busy with other work as well: who is faster is worth something where all rounds agree, by how much is not."
      : "";
  return `Load average of the last minute when a command began: ${low.toFixed(1)} to ${high.toFixed(1)}, median ${median.toFixed(1)}, servers and the commands before included.${busy}`;
}

function comparison({ stores, codecs, measurements }: StoresReport): string {
  const rows = stores.flatMap((store) =>
    OPERATIONS.flatMap(({ id, title }) => {
      const group = measurements[groupOf(store, id)] ?? {};
      const pairs = [
        ...codecs.map((codec) => [`ashlar ${codec}`, `cinder ${codec}`]),
        ...codecs.filter((codec) => codec === "zstd").map((codec) => [`ashlar ${codec}`, "restic"]),
      ];
      return pairs.flatMap(([ours, theirs]) =>
        row([store, title, ours!, theirs!], group[ours!], group[theirs!]),
      );
    }),
  );
  return `${table(["store", "operation", "", "s", "against", "s", "peer ÷ Ashlar", ""], rows)}`;
}

function row(
  [store, title, ours, theirs]: readonly string[],
  own: Measured | undefined,
  other: Measured | undefined,
): string[][] {
  const [time, peer] = [secondsOf(own), secondsOf(other)];
  const ratio = own && other && ratioOf(byRound(other), byRound(own));
  if (time === undefined || peer === undefined || ratio === undefined) return [];
  const spread = `${ratio.median.toFixed(2)} (${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)})`;
  return [
    [
      store!,
      title!,
      ours!,
      time.median.toFixed(2),
      theirs!,
      peer.median.toFixed(2),
      spread,
      verdictOf(ratio),
    ],
  ];
}

/** In every round, or it is not decided. */
function verdictOf({ low, high }: Statistic): string {
  if (low > 1) return "faster";
  return high > 1 ? "undecided" : "**not faster**";
}

function section(
  { measurements }: StoresReport,
  store: string,
  { id, title }: { readonly id: string; readonly title: string },
): string {
  const rows = Object.entries(measurements[groupOf(store, id)] ?? {}).flatMap(([name, measured]) => {
    const time = secondsOf(measured);
    return time === undefined ? [] : [figures(name, time, measured)];
  });
  const header = ["", "s", "lowest to highest", "spread", "rounds", "CPU, s", "peak, MiB"];
  return `### ${store}: ${title.toLowerCase()}\n\n${table(header, rows)}`;
}

function figures(name: string, time: Statistic, { samples }: Measured): string[] {
  const cpu = statisticOf(samples.flatMap(({ cpuSeconds }) => cpuSeconds ?? []));
  const peaks = samples.flatMap(({ peak }) => peak ?? []);
  return [
    name,
    time.median.toFixed(2),
    `${time.low.toFixed(2)} to ${time.high.toFixed(2)}`,
    `${(spreadOf(time) * 100).toFixed(0)} %`,
    String(time.count),
    cpu === undefined ? NOTHING : cpu.median.toFixed(2),
    peaks.length === 0 ? NOTHING : (Math.max(...peaks) / MIB).toFixed(0),
  ];
}

function failures({ measurements }: StoresReport): string {
  const failed = Object.entries(measurements).flatMap(([group, contenders]) =>
    Object.entries(contenders).flatMap(([name, { error }]) =>
      error === undefined ? [] : [`- ${group}, ${name}: ${error.replaceAll(/\s+/g, " ")}`],
    ),
  );
  return failed.length === 0 ? "" : `## Failed\n\n${failed.join("\n")}`;
}

export function drawPlot(report: StoresReport): string {
  const { measurements, stores, machine, command } = report;
  const panels = OPERATIONS.flatMap(({ id, title }) =>
    stores.flatMap((store): RankingPanel[] => {
      const bars = Object.entries(measurements[groupOf(store, id)] ?? {}).flatMap(([name, measured]) => {
        const time = secondsOf(measured);
        const kind = KINDS[name.split(" ")[0] as keyof typeof KINDS].name;
        return time === undefined ? [] : [{ name, value: time.median, low: time.low, high: time.high, kind }];
      });
      bars.sort((a, b) => a.value - b.value);
      return bars.length === 0 ? [] : [{ title: `${store}: ${title.toLowerCase()}`, bars }];
    }),
  );
  return plotRanking({
    title: "Object stores on loopback: seconds of the whole command",
    subtitle: `Medians; whiskers from lowest to highest. ${command}\n${printMachine(machine)}`,
    kinds: Object.values(KINDS),
    panels,
    print: (value) => `${value.toFixed(2)} s`,
  });
}

function allOf(measurements: Measurements): Measured[] {
  return Object.values(measurements).flatMap((group) => Object.values(group));
}

function secondsOf(measured: Measured | undefined): Statistic | undefined {
  return statisticOf(measured?.samples.map(({ seconds }) => seconds) ?? []);
}

function byRound({ samples }: Measured): ByRound {
  return new Map(samples.map(({ round, seconds }) => [round, seconds]));
}
