/** Markdown tables without padding, so that a changed cell changes one line of a diff. */

/** @param textCount columns from the left that hold text and are flush left; the others hold figures */
export function table(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  textCount: number = 1,
): string {
  const rule = header.map((_, column) => (column < textCount ? "---" : "---:"));
  return [row(header), row(rule), ...rows.map(row)].join("\n");
}

function row(cells: readonly string[]): string {
  const printed = cells.map((cell) => (cell === "" ? " " : ` ${cell.replaceAll("|", "\\|")} `));
  return `|${printed.join("|")}|`;
}
