/** Tables of Markdown, as a formatter would leave them. */

const WIDTH_MIN = 3;

/** @param textCount columns from the left that are text and flush left; the others are figures */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textCount: number = 1,
): string {
  const lines = [header, ...rows].map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = header.map((_, column) =>
    Math.max(WIDTH_MIN, ...lines.map((cells) => (cells[column] ?? "").length)),
  );
  const pad = (cell: string, column: number): string =>
    column < textCount ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  const print = (cells: readonly string[]): string => `| ${cells.map(pad).join(" | ")} |`;
  const rule = widths.map((width, column) =>
    column < textCount ? "-".repeat(width) : `${"-".repeat(width - 1)}:`,
  );
  return [print(lines[0]!), print(rule), ...lines.slice(1).map(print)].join("\n");
}
