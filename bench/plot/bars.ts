/** Bars in groups on a logarithmic scale. */
import { FLOOR, frame, grid, LEFT, legend, n, RIGHT, TOP, text, WIDTH } from "./frame.js";

export interface BarGroup {
  readonly name: string;
  /** One value per series; `undefined` where there is none. */
  readonly values: readonly (number | undefined)[];
}

export interface BarPlot {
  readonly title: string;
  readonly subtitle: string;
  readonly series: readonly string[];
  readonly groups: readonly BarGroup[];
  /** The text of a value, above its bar and at the axis. */
  readonly print: (value: number) => string;
  /** Where grid lines are; the first is the axis' beginning. */
  readonly ticks: readonly number[];
}

export function plotBars({ title, subtitle, series, groups, print, ticks }: BarPlot): string {
  const bottom = Math.log10(ticks[0]!);
  const top = Math.log10(ticks.at(-1)!);
  const y = (value: number): number =>
    FLOOR - ((Math.max(Math.log10(value), bottom) - bottom) / (top - bottom)) * (FLOOR - TOP);
  const groupWidth = (WIDTH - LEFT - RIGHT) / groups.length;
  const slot = Math.min((groupWidth * 0.94) / series.length, 62);
  const bars = groups.flatMap(({ name, values }, index) => {
    const middle = LEFT + groupWidth * (index + 0.5);
    const from = middle - (slot * series.length) / 2;
    const drawn = values.flatMap((value, at) => {
      const x = from + at * slot;
      if (value === undefined) return [text(x + slot / 2, FLOOR - 6, "–", "small muted", "middle")];
      const height = Math.max(1, FLOOR - y(value));
      const box = `x="${n(x + 2)}" y="${n(FLOOR - height)}" width="${n(slot - 4)}" height="${n(height)}" rx="2"`;
      return [
        `<rect class="f${at}" ${box}/>`,
        text(x + slot / 2, FLOOR - height - 5, print(value), "value", "middle"),
      ];
    });
    return [...drawn, text(middle, FLOOR + 22, name, "", "middle")];
  });
  return frame(title, subtitle, [
    ...grid(ticks, y, print),
    ...legend(series, (x, at) => `<rect class="f${at}" x="${n(x)}" y="66" width="12" height="12" rx="2"/>`),
    ...bars,
  ]);
}
