/** The plots of a report: who took how long, with how much memory, and what Ashlar's time goes with. */
import { MIB } from "../../src/units.js";
import { type LinePanel, type Point, plotPanels } from "../plot/panels.js";
import { plotRanking, type RankedBar, type RankingPanel } from "../plot/ranking.js";
import { plotStacked } from "../plot/stacked.js";
import { printMachine } from "../report/machine.js";
import { lineAndPlace } from "./curves.js";
import type { PeersReport } from "./report.js";
import type { Measured, RoundSample } from "./rounds.js";
import { statisticBy } from "./targets.js";

export interface Plot {
  /** File name. */
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

const KINDS = {
  ours: { name: "Ashlar", colour: 0 },
  cinder: { name: "Cinder", colour: 3 },
  others: { name: "restic, borg, casync", colour: 1 },
  floor: { name: "floor: no backup, only a part of the work", colour: 4 },
} as const;
const BACKUPS: Titles = {
  "full-zlib": "Full, zlib",
  "full-zstd": "Full, zstd",
  "full-none": "Full, not compressed",
  "full-bz2": "Full, bz2",
  unchanged: "Incremental, nothing changed",
  changed: "Incremental, 1 % changed",
};
const RESTORES: Titles = { restore: "Restore of a full backup", chain: "Restore of a chain of 8, zlib" };

type Titles = Readonly<Record<string, string>>;
type Of = (sample: RoundSample) => number | undefined;

const secondsOf: Of = ({ seconds }) => seconds;
const peakOf: Of = ({ peak }) => (peak === undefined ? undefined : peak / MIB);

export function plots(report: PeersReport, base: string): Plot[] {
  const subtitle = subtitleOf(report);
  const memory = { ...BACKUPS, ...RESTORES, "large-objects": "Objects of 1.86 GiB" };
  const rankings = [
    ranking(report, {
      name: "backup",
      title: "Backups: seconds of the whole command",
      titles: BACKUPS,
      of: secondsOf,
    }),
    ranking(report, {
      name: "restore",
      title: "Restores: seconds of the whole command",
      titles: RESTORES,
      of: secondsOf,
    }),
    ranking(report, { name: "memory", title: "Peak memory of the process, MiB", titles: memory, of: peakOf }),
  ];
  const curves = [
    curve(report, { id: "cores", title: "One core, and two", xLabel: "cores" }),
    curve(report, {
      id: "sizes",
      title: "With the volume's size: empty but for 32 MiB",
      xLabel: "size of the volume",
    }),
    curve(report, {
      id: "changes",
      title: "Incremental, with what has changed",
      xLabel: "changed, in pieces of 64 KiB",
    }),
    curve(report, {
      id: "zeros",
      title: "Nothing changed, with the zeros in the volume",
      xLabel: "zeros; start: a volume of one block",
    }),
  ];
  return [...rankings, stagesOf(report), ...curves].flatMap((plot) =>
    plot === undefined
      ? []
      : [{ name: `${base}-${plot.name}.svg`, title: plot.title, svg: plot.draw(subtitle) }],
  );
}

interface Drawing {
  readonly name: string;
  readonly title: string;
  readonly draw: (subtitle: string) => string;
}

/** The machine, and how busy it was with other things: the range of load over all samples. */
function subtitleOf({ machine, measurements, command }: PeersReport): string {
  const loads = Object.values(measurements)
    .flatMap((group) => Object.values(group))
    .flatMap(({ samples }) => samples.map(({ load }) => load));
  const range =
    loads.length === 0 ? "" : `, load ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)}`;
  return `Medians; whiskers from lowest to highest. ${command}\n${printMachine(machine)}${range}`;
}

interface RankingSpec {
  readonly name: string;
  readonly title: string;
  readonly titles: Titles;
  readonly of: Of;
}

function ranking(
  { measurements }: PeersReport,
  { name, title, titles, of }: RankingSpec,
): Drawing | undefined {
  const panels = Object.entries(titles).flatMap(([id, panelTitle]): RankingPanel[] => {
    const bars = Object.entries(measurements[id] ?? {}).flatMap(([contender, measured]): RankedBar[] => {
      const statistic = statisticBy(measured, of);
      const kind = kindOf(contender);
      if (statistic === undefined || (of === peakOf && kind === KINDS.floor)) return [];
      return [
        { name: contender.replace(" 1.86 GiB", ""), value: statistic.median, ...statistic, kind: kind.name },
      ];
    });
    return bars.length === 0 ? [] : [{ title: panelTitle, bars: bars.sort((a, b) => a.value - b.value) }];
  });
  if (panels.length === 0) return undefined;
  const print = of === peakOf ? inMib : (value: number) => `${value.toFixed(2)} s`;
  return {
    name,
    title,
    draw: (subtitle) => plotRanking({ title, subtitle, kinds: Object.values(KINDS), panels, print }),
  };
}

/** Beside each stage's time how fast it is while it works. */
function stagesOf({ stages }: PeersReport): Drawing | undefined {
  if (stages.length === 0) return undefined;
  const title = "Who waited for whom: seconds of each stage";
  const panels = stages.map(({ operation, stages: list }) => ({
    title: operation,
    bars: list.map(({ name, busy, waitedForInput, waitedForOutput, bytes }) => ({
      name,
      values: [busy, waitedForInput, waitedForOutput],
      note: `${busy.toFixed(2)} s${busy > 0 ? `, ${(bytes / busy / 1e6).toFixed(0)} MB/s` : ""}`,
    })),
  }));
  const parts = ["at work", "waited for its input", "waited for its output to be taken"];
  return { name: "stages", title, draw: (subtitle) => plotStacked({ title, subtitle, parts, panels }) };
}

function kindOf(contender: string): (typeof KINDS)[keyof typeof KINDS] {
  if (contender.startsWith("ashlar")) return KINDS.ours;
  if (contender.startsWith("cinder")) return KINDS.cinder;
  return /^(restic|borg|casync)/.test(contender) ? KINDS.others : KINDS.floor;
}

interface CurveSpec {
  readonly id: string;
  readonly title: string;
  readonly xLabel: string;
}

/** Time to the left, memory to the right. */
function curve({ measurements }: PeersReport, { id, title, xLabel }: CurveSpec): Drawing | undefined {
  const group = measurements[id] ?? {};
  const named = Object.entries(group).map(([name, measured]) => ({ ...lineAndPlace(name), measured }));
  const xNames = [...new Set(named.map(({ place }) => place))];
  const panel = (panelTitle: string, of: Of, print: (value: number) => string): LinePanel => ({
    title: panelTitle,
    xLabel,
    xNames,
    lines: [...new Set(named.map(({ line }) => line))].map((line) => ({
      name: line,
      points: xNames.map((place) =>
        pointOf(named.find((each) => each.line === line && each.place === place)?.measured, of),
      ),
    })),
    print,
  });
  if (xNames.length === 0) return undefined;
  const panels = [
    panel("seconds of the whole command", secondsOf, (value) => `${value} s`),
    panel("peak memory of the process", peakOf, inMib),
  ];
  return { name: id, title, draw: (subtitle) => plotPanels({ title, subtitle, panels }) };
}

function pointOf(measured: Measured | undefined, of: Of): Point | undefined {
  const statistic = statisticBy(measured, of);
  return statistic === undefined ? undefined : { value: statistic.median, ...statistic };
}

function inMib(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
