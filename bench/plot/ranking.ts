/** Lying bars with their spread, in panels of their own scale: who took how long for what. */
import { frame, legend, n, text, WIDTH } from "./frame.js";

export interface RankedBar {
  readonly name: string;
  readonly value: number;
  /** Ends of the whisker. */
  readonly low: number;
  readonly high: number;
  /** As in the plot's `kinds`. */
  readonly kind: string;
}

export interface Kind {
  readonly name: string;
  /** Index in the palette. */
  readonly colour: number;
}

export interface RankingPanel {
  readonly title: string;
  readonly bars: readonly RankedBar[];
}

export interface RankingPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly kinds: readonly Kind[];
  readonly panels: readonly RankingPanel[];
  readonly print: (value: number) => string;
}

const TOP = 108;
const GAP = 34;
const ROW = 21;
const NAME_WIDTH = 132;
const VALUE_WIDTH = 76;
const MARGIN = 16;
const PANEL_WIDTH: number = (WIDTH - 2 * MARGIN - GAP) / 2;

/** Two columns; a panel goes to the one that is shorter so far. */
export function plotRanking({ title, subtitle, kinds, panels, print }: RankingPlot): string {
  const depths = [TOP, TOP];
  const drawn = panels.flatMap((panel) => {
    const column = depths[0]! <= depths[1]! ? 0 : 1;
    const y = depths[column]!;
    depths[column] = y + 26 + panel.bars.length * ROW + GAP;
    return drawPanel(panel, { x: MARGIN + column * (PANEL_WIDTH + GAP), y, kinds, print });
  });
  const marks = legend(
    kinds.map(({ name }) => name),
    (x, at) => `<rect class="f${kinds[at]!.colour}" x="${n(x)}" y="66" width="12" height="12" rx="2"/>`,
  );
  return frame(title, subtitle, [...marks, ...drawn], Math.max(...depths) - GAP + MARGIN);
}

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly kinds: readonly Kind[];
  readonly print: (value: number) => string;
}

function drawPanel({ title, bars }: RankingPanel, { x, y, kinds, print }: Spot): string[] {
  const highest = Math.max(...bars.map(({ high }) => high));
  const from = x + NAME_WIDTH;
  const width = PANEL_WIDTH - NAME_WIDTH - VALUE_WIDTH;
  const at = (value: number): number => from + (value / highest) * width;
  const rows = bars.flatMap(({ name, value, low, high, kind }, index) => {
    const top = y + 14 + index * ROW;
    const middle = n(top + ROW / 2 - 2);
    const box = `x="${n(from)}" y="${n(top)}" width="${n(Math.max(1, at(value) - from))}" height="${ROW - 5}" rx="2"`;
    const whisker = `<line class="whisker" x1="${n(at(low))}" x2="${n(at(high))}" y1="${middle}" y2="${middle}"/>`;
    return [
      text(from - 8, top + 12, name, "small", "end"),
      `<rect class="f${kinds.find((each) => each.name === kind)?.colour}" ${box}/>`,
      ...(high > low ? [whisker] : []),
      text(at(high) + 6, top + 12, print(value), "small muted", "start"),
    ];
  });
  return [text(x, y, title, "head", "start"), ...rows];
}
