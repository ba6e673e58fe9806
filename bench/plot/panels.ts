/** Lines in panels side by side, each with a scale of its own: time, and what goes with it. */
import { frame, HEIGHT, legend, n, text, WIDTH } from "./frame.js";
import { ticksTo } from "./scale.js";

export interface Point {
  readonly value: number;
  /** Ends of the whisker. */
  readonly low: number;
  readonly high: number;
}

export interface LinePanel {
  readonly title: string;
  readonly xLabel: string;
  readonly xNames: readonly string[];
  /** A point for each name; `undefined` where nothing was measured. A name is drawn alike in every panel. */
  readonly lines: readonly { readonly name: string; readonly points: readonly (Point | undefined)[] }[];
  readonly print: (value: number) => string;
}

export interface PanelPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly panels: readonly LinePanel[];
}

const TOP = 128;
const FLOOR: number = HEIGHT - 54;
const AXIS_WIDTH = 72;
const GAP = 28;

export function plotPanels({ title, subtitle, panels }: PanelPlot): string {
  const names = [...new Set(panels.flatMap(({ lines }) => lines.map(({ name }) => name)))];
  const width = (WIDTH - GAP) / panels.length;
  const drawn = panels.flatMap((panel, index) =>
    drawPanel(panel, { x: index * width, width: width - GAP, names }),
  );
  const marks = legend(
    names,
    (x, at) => `<line class="line s${at}" x1="${n(x)}" x2="${n(x + 14)}" y1="72" y2="72"/>`,
  );
  return frame(title, subtitle, [...marks, ...drawn]);
}

interface Spot {
  readonly x: number;
  readonly width: number;
  readonly names: readonly string[];
}

function drawPanel(
  { title, xLabel, xNames, lines, print }: LinePanel,
  { x: left, width, names }: Spot,
): string[] {
  const highest = Math.max(0, ...lines.flatMap(({ points }) => points.map((point) => point?.high ?? 0)));
  const ticks = ticksTo(highest);
  const from = left + AXIS_WIDTH;
  const step = (left + width - from) / xNames.length;
  const x = (index: number): number => from + step * (index + 0.5);
  const y = (value: number): number => FLOOR - (value / ticks.at(-1)!) * (FLOOR - TOP);
  const gridLines = ticks.flatMap((tick) => [
    `<line class="grid" x1="${n(from)}" x2="${n(left + width)}" y1="${n(y(tick))}" y2="${n(y(tick))}"/>`,
    text(from - 8, y(tick) + 4, print(tick), "small muted", "end"),
  ]);
  const drawn = lines.flatMap(({ name, points }) => {
    const colour = names.indexOf(name);
    const known = points.flatMap((point, index) => (point === undefined ? [] : [{ ...point, x: x(index) }]));
    const path = known.map((point) => `${n(point.x)},${n(y(point.value))}`).join(" ");
    return [
      `<polyline class="line s${colour}" points="${path}"/>`,
      ...known.map((point) => whisker(point.x, y(point.low), y(point.high))),
      ...known.map(
        (point) => `<circle class="f${colour}" cx="${n(point.x)}" cy="${n(y(point.value))}" r="4"/>`,
      ),
    ];
  });
  return [
    text(left + 16, TOP - 22, title, "head", "start"),
    ...gridLines,
    ...drawn,
    ...xNames.map((name, index) => text(x(index), FLOOR + 20, name, "small", "middle")),
    text((from + left + width) / 2, FLOOR + 40, xLabel, "small muted", "middle"),
  ];
}

function whisker(x: number, low: number, high: number): string {
  return `<line class="whisker" x1="${n(x)}" x2="${n(x)}" y1="${n(low)}" y2="${n(high)}"/>`;
}
