/** Plots as SVG text: bars in groups on a logarithmic scale, and lines. Colours follow the reader's light or dark page. */

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

const WIDTH = 1160;
const HEIGHT = 440;
const LEFT = 84;
const RIGHT = 24;
const TOP = 104;
const BOTTOM = 48;
const FLOOR: number = HEIGHT - BOTTOM;

/** After Okabe and Ito's palette, which colour-blind readers can tell apart. */
const LIGHT = ["#0072b2", "#56b4e9", "#009e73", "#d55e00", "#8c959f"] as const;
const DARK = ["#4aa3df", "#9ad4f5", "#2fc496", "#f08a4b", "#7d8590"] as const;

function rulesOf(colours: readonly string[]): string {
  return colours.map((colour, i) => `.f${i} { fill: ${colour}; } .s${i} { stroke: ${colour}; }`).join(" ");
}

/** Colours by name and not by variable, which not every viewer of SVG knows. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 17px; font-weight: 600; }
  .small { font-size: 11.5px; }
  .value { font-size: 10.5px; }
  .muted { fill: #57606a; }
  .grid { stroke: #d0d7de; }
  .line { fill: none; stroke-width: 2.5; }
  ${rulesOf(LIGHT)}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .muted { fill: #9198a1; } .grid { stroke: #3d444d; }
    ${rulesOf(DARK)}
  }`;

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

function frame(title: string, subtitle: string, content: readonly string[]): string {
  const size = `viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    text(16, 28, title, "title", "start"),
    text(16, 49, subtitle, "muted", "start"),
    ...content,
    "</svg>\n",
  ].join("\n");
}

function grid(
  ticks: readonly number[],
  y: (value: number) => number,
  print: (value: number) => string,
): string[] {
  return ticks.flatMap((tick) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(tick))}" y2="${n(y(tick))}"/>`,
    text(LEFT - 8, y(tick) + 4, print(tick), "small muted", "end"),
  ]);
}

function legend(names: readonly string[], mark: (x: number, index: number) => string): string[] {
  let x = 16;
  return names.flatMap((name, index) => {
    const at = x;
    x += 36 + name.length * 7.5;
    return [mark(at, index), text(at + 19, 76, name, "", "start")];
  });
}

function text(
  x: number,
  y: number,
  content: string,
  style: string,
  anchor: "start" | "middle" | "end",
): string {
  return `<text class="${style}" x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
