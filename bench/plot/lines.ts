/** Lines over named places. */
import { FLOOR, frame, grid, LEFT, legend, n, RIGHT, TOP, text, WIDTH } from "./frame.js";

export interface LinePlot {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  readonly xNames: readonly string[];
  readonly lines: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly print: (value: number) => string;
  /** From 0 up. */
  readonly ticks: readonly number[];
}

export function plotLines({ title, subtitle, xLabel, xNames, lines, print, ticks }: LinePlot): string {
  const y = (value: number): number => FLOOR - (value / ticks.at(-1)!) * (FLOOR - TOP);
  const step = (WIDTH - LEFT - RIGHT) / xNames.length;
  const x = (index: number): number => LEFT + step * (index + 0.5);
  const drawn = lines.flatMap(({ values }, at) => [
    `<polyline class="line s${at}" points="${values.map((value, index) => `${n(x(index))},${n(y(value))}`).join(" ")}"/>`,
    ...values.map((value, index) => `<circle class="f${at}" cx="${n(x(index))}" cy="${n(y(value))}" r="4"/>`),
  ]);
  return frame(title, subtitle, [
    ...grid(ticks, y, print),
    ...legend(
      lines.map(({ name }) => name),
      (left, at) => `<line class="line s${at}" x1="${n(left)}" x2="${n(left + 14)}" y1="72" y2="72"/>`,
    ),
    ...drawn,
    ...xNames.map((name, index) => text(x(index), FLOOR + 20, name, "", "middle")),
    text((LEFT + WIDTH - RIGHT) / 2, FLOOR + 40, xLabel, "small muted", "middle"),
  ]);
}
