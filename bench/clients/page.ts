/** The page about latencies of the API. */
import { MIB } from "../../src/units.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";
import type { Latencies } from "./clients.js";

export interface Measured extends Latencies {
  /** Bytes that the operations under way had planned at the end. */
  readonly planned: number;
  /** Bytes, the most that the server has had resident. */
  readonly peak: number;
}

/** A server without operations and one with them, measured after each other. */
export interface Turn {
  readonly idle: Measured;
  readonly busy: Measured;
}

export interface PageOptions {
  readonly clients: number;
  readonly operations: number;
  readonly seconds: number;
}

const QUANTILES: readonly number[] = [0.5, 0.95, 0.99, 1];
/** Beyond what operations plan: the runtime, the program, and the heap of 50 clients' requests. */
const RUNTIME_MAX: number = 256 * MIB;

export function printPage(turns: readonly Turn[], { clients, operations, seconds }: PageOptions): string {
  const rows = (["lists", "creations"] as const).flatMap((kind) =>
    QUANTILES.map((quantile) => {
      const idle = median(turns.map((turn) => at(turn.idle[kind], quantile)));
      const busy = median(turns.map((turn) => at(turn.busy[kind], quantile)));
      const title = quantile === 1 ? "longest" : `${quantile * 100} %`;
      return [kind, title, idle.toFixed(1), busy.toFixed(1), (busy / idle).toFixed(1)];
    }),
  );
  const count = (side: "idle" | "busy"): number =>
    median(turns.map((turn) => turn[side].lists.length / seconds));
  const failures = turns.reduce((sum, { idle, busy }) => sum + idle.failures + busy.failures, 0);
  const over = Math.max(...turns.map(({ busy }) => busy.peak - busy.planned));
  const peak = Math.max(...turns.map(({ busy }) => busy.peak));
  const machine = thisMachine();
  return `# Clients beside operations

${clients} clients list the details of backups without a pause for ${seconds} s, and each creates a backup of a small volume
once, on a server that runs no backup, and on one that runs ${operations} full backups with zlib meanwhile, on the same two
cores as the clients. Medians of ${turns.length} turns. Load average ${machine.load.toFixed(1)} at the end. ${printMachine(machine)}.

${table(["Requests", "Quantile", "Idle, ms", `${operations} backups, ms`, "ratio"], rows, 2)}

- Lists a second: ${count("idle").toFixed(0)} and ${count("busy").toFixed(0)}. Answers that were not what was asked for: ${failures}; wanted: none.
- Memory of the server: at most ${(peak / MIB).toFixed(0)} MiB, its operations had planned ${((peak - over) / MIB).toFixed(0)} MiB; wanted: at most ${RUNTIME_MAX / MIB} MiB more than planned${over <= RUNTIME_MAX ? "" : ", **not met**"}.

Repeat: \`npm run bench:clients\`.
`;
}

function at(ascending: readonly number[], quantile: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * quantile))] ?? Number.NaN;
}

function median(values: readonly number[]): number {
  return at(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
