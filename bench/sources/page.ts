/** The page of `bench/sources/`. */
import { GIB } from "../../src/units.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";

export interface Row {
  readonly volume: string;
  readonly title: string;
  /** Bytes of the volume that the command read; `undefined` if it does not report them. */
  readonly read: number | undefined;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  /** CPU time in units of that of the first row of the same volume. */
  readonly cpuRatio: number;
  readonly wallRatio: number;
}

export interface PageOptions {
  readonly size: number;
  readonly dataSize: number;
  readonly turns: number;
  readonly cpuShareMax: number;
}

export function printPage(rows: readonly Row[], { size, dataSize, turns, cpuShareMax }: PageOptions): string {
  const cells = rows.map(({ volume, title, read, cpuSeconds, wallSeconds, cpuRatio, wallRatio }) => [
    ...[volume, title, read === undefined ? "–" : `${(read / GIB).toFixed(2)} GiB`],
    ...[cpuSeconds.toFixed(1), cpuRatio.toFixed(2), wallSeconds.toFixed(1), wallRatio.toFixed(2)],
  ]);
  const machine = thisMachine();
  return `# Holes

A volume of ${size / GIB} GiB with ${dataSize / GIB} GiB of random data in pieces of 16 MiB, backed up fully with zstd into
a directory. Whole commands, start-up included; ${turns === 1 ? "one turn" : `medians of ${turns} turns`}; ratios are formed within a turn. Load average
${machine.load.toFixed(1)} at the end, so CPU time says more than wall time. ${printMachine(machine)}.

${table(["Volume", "Command", "Read", "CPU s", "ratio", "Wall s", "ratio"], cells, 2)}

- Holes are unknown for a file where neither Perl nor Python is in \`PATH\`, and for an export behind nbdkit's filter
  \`noextents\`.
- Holes of 16 MiB or more are objects that are encoded without zeros (decision 0109); what remains above a volume of
  the data alone is their digests, and the windows that touch data. qemu-img and nbdcopy copy the volume into a sparse file: they hash, compress and sync
  nothing.
- Wanted: CPU time with known holes at most ${cpuShareMax} of that with unknown ones, and no byte read beyond the windows
  that touch data.

Repeat: \`npm run bench:sources\`.
`;
}
