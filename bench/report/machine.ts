/** The machine that figures are of. */
import { cpus, loadavg, release, totalmem } from "node:os";
import process from "node:process";
import { GIB } from "../../src/units.js";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  /** Bytes. */
  readonly memory: number;
  readonly kernel: string;
  readonly node: string;
  /** Load average of the last minute before anything ran. */
  readonly load: number;
}

export function thisMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memory: totalmem(),
    kernel: release(),
    node: process.version,
    load: loadavg()[0]!,
  };
}

export function printMachine({ cpu, cores, memory, kernel, node }: Machine): string {
  return `${cpu}, ${cores} cores, ${(memory / GIB).toFixed(1)} GiB of memory, Linux ${kernel}, Node ${node}`;
}
