/** Tables of Markdown. */

/** The first column is text and to the left, the others are figures. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = header.map((_, index) => (index === 0 ? "---" : "---:"));
  return [line(header), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}
