/** What all plots have in common, as SVG text. Colours follow the reader's light or dark page. */

export const WIDTH: number = 1160;
export const HEIGHT: number = 440;
export const LEFT: number = 84;
export const RIGHT: number = 24;
export const TOP: number = 104;
const BOTTOM: number = 48;
export const FLOOR: number = HEIGHT - BOTTOM;

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
  .head { font-weight: 600; }
  .small { font-size: 11.5px; }
  .value { font-size: 10.5px; }
  .muted { fill: #57606a; }
  .grid { stroke: #d0d7de; }
  .line { fill: none; stroke-width: 2.5; }
  .whisker { stroke: #24292f; stroke-width: 1.3; }
  ${rulesOf(LIGHT)}
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .muted { fill: #9198a1; } .grid { stroke: #3d444d; }
    .whisker { stroke: #e6edf3; }
    ${rulesOf(DARK)}
  }`;

/** A whole plot: `content` between its head and its end. The subtitle may have two lines. */
export function frame(
  title: string,
  subtitle: string,
  content: readonly string[],
  height: number = HEIGHT,
): string {
  const size = `viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    text(16, 28, title, "title", "start"),
    ...subtitleLines(subtitle),
    ...content,
    "</svg>\n",
  ].join("\n");
}

function subtitleLines(subtitle: string): string[] {
  const lines = subtitle.split("\n");
  if (lines.length === 1) return [text(16, 49, subtitle, "muted", "start")];
  return lines.map((line, index) => text(16, 43 + index * 14, line, "small muted", "start"));
}

export function grid(
  ticks: readonly number[],
  y: (value: number) => number,
  print: (value: number) => string,
): string[] {
  return ticks.flatMap((tick) => [
    `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${n(y(tick))}" y2="${n(y(tick))}"/>`,
    text(LEFT - 8, y(tick) + 4, print(tick), "small muted", "end"),
  ]);
}

export function legend(names: readonly string[], mark: (x: number, index: number) => string): string[] {
  let x = 16;
  return names.flatMap((name, index) => {
    const at = x;
    x += 36 + name.length * 7.5;
    return [mark(at, index), text(at + 19, 76, name, "", "start")];
  });
}

export function text(
  x: number,
  y: number,
  content: string,
  style: string,
  anchor: "start" | "middle" | "end",
): string {
  return `<text class="${style}" x="${n(x)}" y="${n(y)}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
