/** What `bench/memory/` found, as a page with tables and as plots. */
import type { CodecId } from "../../src/codecs/codec.js";
import { GIB, MIB } from "../../src/units.js";
import { plotBars } from "../plot/bars.js";
import { plotLines } from "../plot/lines.js";
import { table } from "../report/markdown.js";
import type { CinderFigures } from "./cinder-process.js";
import type { RowFigures } from "./row.js";

type Shown = "backup" | "restore";

/** Bytes. */
export interface MemoryRow extends RowFigures {
  readonly operation: Shown;
  readonly codec: CodecId;
  readonly chunkSize: number;
  readonly concurrent: number;
  /** The reference guide's figure for as many operations. */
  readonly model: number;
  readonly cinder: CinderFigures | undefined;
}

export interface GrowthRow extends RowFigures {
  readonly operation: Shown | "incremental";
  readonly sizeGib: number;
}

export interface MemoryReport {
  readonly command: string;
  readonly version: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memory: number;
  readonly node: string;
  readonly cinder: string | undefined;
  readonly dataSize: number;
  readonly volumes: readonly { readonly chunkSize: number; readonly volumeSize: number }[];
  readonly rows: readonly MemoryRow[];
  readonly growth: readonly GrowthRow[];
}

export interface Plot {
  readonly name: string;
  readonly svg: string;
}

const SERIES: readonly string[] = [
  "plan",
  "accounted peak",
  "growth of the process",
  "growth of Cinder",
  "3 × object",
];

export function plots(report: MemoryReport): Plot[] {
  const shown = report.volumes.flatMap(({ chunkSize }) =>
    (["backup", "restore"] as const).map((operation) => barsOf(report, operation, chunkSize)),
  );
  return [...shown, growthOf(report)];
}

function nameOf(operation: Shown, chunkSize: number): string {
  return `memory-${operation}-${chunkSize === 1_999_994_880 ? "1.86gib" : "50mib"}.svg`;
}

function barsOf({ rows, command }: MemoryReport, operation: Shown, chunkSize: number): Plot {
  const groups = rows
    .filter((row) => row.operation === operation && row.chunkSize === chunkSize && row.concurrent === 1)
    .map((row) => ({
      name: row.codec,
      values: [row.planned, row.accountedPeak, growth(row), row.cinder && growth(row.cinder), row.model],
    }));
  const svg = plotBars({
    title: `Memory of one ${operation}, objects of ${size(chunkSize)}`,
    subtitle: `Logarithmic. Growth: peak over what the idle process had. ${command}`,
    series: SERIES,
    groups,
    print: size,
    ticks: [1, 4, 16, 64, 256, 1024, 4096, 16384].map((mib) => mib * MIB),
  });
  return { name: nameOf(operation, chunkSize), svg };
}

function growthOf({ growth: rows, command }: MemoryReport): Plot {
  const sizes = [...new Set(rows.map(({ sizeGib }) => sizeGib))];
  const lines = (["backup", "incremental", "restore"] as const).map((operation) => ({
    name: operation,
    values: sizes.map((sizeGib) =>
      growth(rows.find((row) => row.operation === operation && row.sizeGib === sizeGib)!),
    ),
  }));
  const tables = rows.filter(({ operation }) => operation === "backup").map(({ tableSize }) => tableSize);
  const names = sizes.map((sizeGib, index) => `${sizeGib} GiB, table of ${size(tables[index]!)}`);
  const svg = plotLines({
    title: "Memory does not grow with the volume",
    subtitle: `Growth of the process, zlib, sparse volumes, objects of 1.86 GiB. ${command}`,
    xLabel: "size of the volume, and of its digest table as stored",
    xNames: names,
    lines,
    print: size,
    ticks: [0, 32, 64, 96, 128].map((mib) => mib * MIB),
  });
  return { name: "memory-growth.svg", svg };
}

export function printReport(report: MemoryReport): string {
  const { command, cpu, cores, memory, node, cinder, version, dataSize, volumes } = report;
  const images = plots(report).map(({ name }) => name);
  const described = volumes.map(
    ({ chunkSize, volumeSize }) => `${size(volumeSize)} for objects of ${size(chunkSize)}`,
  );
  return `# Memory

Made by \`${command}\`, which writes this page, [memory.json](memory.json) and the plots.

Ashlar ${version}, Node ${node}, ${cinder === undefined ? "no Cinder installed" : `Cinder ${cinder} (posix driver)`}, ${cpu}, ${cores} cores, ${size(memory)} of memory.

The reference system's guide expects three buffers of an object for each restore: 1.86 GB read, 1.86 GB decompressed and
1.86 GB being written are 5.58 GB for the default of file systems, and 83.7 GB for 15 at once
(3 × 1 999 994 880 bytes exactly: 5 999 984 640). Ashlar's three buffers are windows of 1 MiB, so that the object's size
does not count; what an operation may take is known before it starts, and it is held to it.

The guide's worst case, a restore into RBD from a store of other drivers, was measured apart, because it needs a Ceph
cluster: a volume of 2 GiB of random bytes in objects of 1.86 GiB (codec none) from a directory into
\`rbd:images/target\`, whole command, GNU time: a peak of 106 MiB, also of the \`qemu-nbd\` that it starts (the larger of
both). The volume was then compared by \`rbd export\`.

${images.map((name) => `![${name.replace(".svg", "")}](${name})`).join("\n\n")}

## One operation, and four at once

- **plan**: \`planMemory\`'s total, times the operations at once, over what the idle process has.
- **accounted**: the part of the plan that is counted byte by byte, and the most of it that was held at once. The run
  cannot pass it: what it allocates waits until it is free.
- **grew**: the operating system's peak for the process, less what the idle process had. Every row is a process of its own.
- **Cinder grew**: the same of a process of real Cinder doing the same to the same volume in this run. One at a time only.
- **guide**: 3 × object size, times the operations.

All in MiB.

${rowsTable(report.rows)}

## Growth with the volume

zlib, objects of 1.86 GiB, sparse volumes with 16 MiB of files at both ends. The digest table is written and read beside the
windows: it has 72 bytes for every block, and its size does not count either.

${growthTable(report.growth)}

## How

The volumes are ${described.join(", and ")}: ${size(dataSize)} of this machine's files, half of them at the beginning and half at the
end, and zeros between them. Blocks have 32 KiB. Restores go to new files. The manifest is held as a whole and not in the
plan: under 1 KiB for each object.
`;
}

function rowsTable(rows: readonly MemoryRow[]): string {
  const header = [
    "operation",
    "codec",
    "object",
    "at once",
    "plan",
    "accounted",
    "held",
    "grew",
    "peak",
    "Cinder grew",
    "guide",
  ];
  const body = rows.map((row) => [
    row.operation,
    row.codec,
    size(row.chunkSize),
    String(row.concurrent),
    mib(row.planned),
    mib(row.accounted),
    mib(row.accountedPeak),
    mib(growth(row)),
    mib(row.peak),
    row.cinder === undefined ? "" : mib(growth(row.cinder)),
    mib(row.model),
  ]);
  return table(header, body, 3);
}

function growthTable(rows: readonly GrowthRow[]): string {
  const header = ["operation", "volume, GiB", "digest table, MiB", "plan", "held", "grew", "peak", "seconds"];
  const body = rows.map((row) => [
    row.operation,
    String(row.sizeGib),
    mib(row.tableSize),
    mib(row.planned),
    mib(row.accountedPeak),
    mib(growth(row)),
    mib(row.peak),
    row.seconds.toFixed(0),
  ]);
  return table(header, body, 1);
}

function growth({ peak, idle }: { readonly peak: number; readonly idle: number }): number {
  return peak - idle;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0);
}

function size(bytes: number): string {
  if (bytes === 0) return "0";
  if (bytes >= GIB) return `${trim((bytes / GIB).toFixed(2))} GiB`;
  return `${trim((bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0))} MiB`;
}

function trim(digits: string): string {
  return digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits;
}
