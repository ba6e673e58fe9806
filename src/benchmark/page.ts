/** The report of a benchmark as one page without scripts or other files. */
import { MIB } from "../units.js";
import type { BenchmarkReport } from "./report.js";
import { type BenchmarkOperation, type BenchmarkRow, OPERATIONS, trialText } from "./trial.js";

const TITLES: Readonly<Record<BenchmarkOperation, string>> = {
  backup: "Full backup",
  incremental: "Incremental backup",
  verify: "Verification",
  restore: "Restore",
};

/** HTML, UTF-8. */
export function reportPage(report: BenchmarkReport): string {
  const { machine, volume, repository, rounds, recommendations, createdAt } = report;
  const facts: readonly (readonly [string, string])[] = [
    ["Volume", volume],
    ["Repository", repository],
    ["Rounds", `${rounds}; times are medians`],
    [
      "Machine",
      `${machine.processor}, ${machine.cores} cores, ${gib(machine.memory)}, load ${machine.load.toFixed(1)} at the start`,
    ],
    ["Versions", `Ashlar ${machine.version}, ${machine.runtime}`],
    ["Measured", createdAt.toISOString()],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Ashlar benchmark</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Ashlar benchmark</h1>
<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join("")}</dl>
<h2>Recommended settings</h2>
<ul>${recommendations
    .map(
      ({ aim, settings, why }) =>
        `<li><strong>${escaped(aim)}</strong>: ${escaped(trialText(settings))} (${escaped(why)})</li>`,
    )
    .join("")}</ul>
${OPERATIONS.map((operation) => sectionOf(operation, report.rows)).join("\n")}
</main>
</body>
</html>
`;
}

function sectionOf(operation: BenchmarkOperation, all: readonly BenchmarkRow[]): string {
  const rows = all.filter((row) => row.operation === operation);
  if (rows.length === 0) return "";
  return `<section>
<h2>${TITLES[operation]}</h2>
${plotOf(rows)}
<div class="wide"><table>
<thead><tr><th>Settings</th><th>MiB/s</th><th>Seconds</th><th>Processor, s</th><th>Memory</th><th>Stored</th><th>Limited by</th></tr></thead>
<tbody>${rows.map(tableRow).join("")}</tbody>
</table></div>
</section>`;
}

function tableRow(row: BenchmarkRow): string {
  const range = row.secondsRange;
  const spread = range === undefined ? "" : ` (${range[0].toFixed(2)} to ${range[1].toFixed(2)})`;
  const cells = [
    rateOf(row).toFixed(0),
    row.seconds.toFixed(2) + spread,
    row.processorSeconds.toFixed(2),
    `${(row.memory / MIB).toFixed(0)} MiB`,
    `${((row.storedSize / row.volumeSize) * 100).toFixed(1)}%`,
    `${row.limit.stage} ${Math.round(row.limit.share * 100)}%`,
  ];
  return `<tr><th scope="row">${escaped(trialText(row))}</th>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
}

const BAR_HEIGHT = 22;
const LABEL_WIDTH = 330;
const PLOT_WIDTH = 760;

/** Bars of MiB/s: longer is faster. */
function plotOf(rows: readonly BenchmarkRow[]): string {
  const most = Math.max(...rows.map(rateOf));
  const height = rows.length * BAR_HEIGHT + 4;
  const bars = rows.map((row, index) => {
    const width = Math.max(1, (rateOf(row) / most) * (PLOT_WIDTH - LABEL_WIDTH - 80));
    const y = index * BAR_HEIGHT + 4;
    return (
      `<text x="${LABEL_WIDTH - 8}" y="${y + 13}" text-anchor="end">${escaped(trialText(row))}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT - 6}"/>` +
      `<text x="${(LABEL_WIDTH + width + 6).toFixed(1)}" y="${y + 13}">${rateOf(row).toFixed(0)} MiB/s</text>`
    );
  });
  return `<div class="wide"><svg viewBox="0 0 ${PLOT_WIDTH} ${height}" width="${PLOT_WIDTH}" height="${height}" role="img" aria-label="Volume bytes per second; the table below has the same numbers">${bars.join("")}</svg></div>`;
}

function rateOf({ volumeSize, seconds }: BenchmarkRow): number {
  return volumeSize / MIB / seconds;
}

function gib(bytes: number): string {
  return `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!);
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --soft: #5b6570; --line: #d5dae0; --bar: #2f6f9f; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #15181c; --soft: #a3adb8; --line: #38404a; --bar: #6fb1de; } }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
main { max-width: 60rem; margin: 0 auto; padding: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, th[scope="row"] { text-align: left; font-weight: normal; }
svg text { fill: var(--ink); font-size: 13px; }
svg rect { fill: var(--bar); }
`;
