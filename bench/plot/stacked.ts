/** Lying bars of several parts, in panels of their own scale: what the time of each stage went to. */
import { frame, legend, n, text, WIDTH } from "./frame.js";

export interface StackedBar {
  readonly name: string;
  /** One value for each of the plot's parts. */
  readonly values: readonly number[];
  /** Behind the bar. */
  readonly note: string;
}

export interface StackedPanel {
  readonly title: string;
  readonly bars: readonly StackedBar[];
}

export interface StackedPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly parts: readonly string[];
  readonly panels: readonly StackedPanel[];
}

const TOP = 108;
const GAP = 34;
const ROW = 21;
const NAME_WIDTH = 96;
const NOTE_WIDTH = 124;
const MARGIN = 16;
const PANEL_WIDTH: number = (WIDTH - 2 * MARGIN - GAP) / 2;

/** Two columns; a panel goes to the one that is shorter so far. */
export function plotStacked({ title, subtitle, parts, panels }: StackedPlot): string {
  const depths = [TOP, TOP];
  const drawn = panels.flatMap((panel) => {
    const column = depths[0]! <= depths[1]! ? 0 : 1;
    const y = depths[column]!;
    depths[column] = y + 26 + panel.bars.length * ROW + GAP;
    return drawPanel(panel, MARGIN + column * (PANEL_WIDTH + GAP), y);
  });
  const marks = legend(
    parts,
    (x, at) => `<rect class="f${at}" x="${n(x)}" y="66" width="12" height="12" rx="2"/>`,
  );
  return frame(title, subtitle, [...marks, ...drawn], Math.max(...depths) - GAP + MARGIN);
}

function drawPanel({ title, bars }: StackedPanel, x: number, y: number): string[] {
  const sums = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const scale = (PANEL_WIDTH - NAME_WIDTH - NOTE_WIDTH) / Math.max(...sums, Number.MIN_VALUE);
  const rows = bars.flatMap(({ name, values, note }, index) => {
    const top = y + 14 + index * ROW;
    let from = x + NAME_WIDTH;
    const boxes = values.map((value, part) => {
      const left = from;
      from += value * scale;
      return `<rect class="f${part}" x="${n(left)}" y="${n(top)}" width="${n(value * scale)}" height="${ROW - 5}"/>`;
    });
    return [
      text(x + NAME_WIDTH - 8, top + 12, name, "small", "end"),
      ...boxes,
      text(from + 6, top + 12, note, "small muted", "start"),
    ];
  });
  return [text(x, y, title, "head", "start"), ...rows];
}
