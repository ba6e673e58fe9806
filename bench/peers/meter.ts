/**
 * Measures whole commands, start-up included: wall time by this process's clock, CPU time and peak memory by the
 * kernel's count for the command and all that it waited for, which GNU time reads out. Node can ask for neither of a
 * child, and a child of Node itself would begin with Node's own peak.
 */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { KIB } from "../../src/units.js";
import { type Command, type ExecuteOptions, execute, failureOf } from "./command.js";

const GNU_TIME = "/usr/bin/time";

export interface Sample {
  /** Seconds of wall time. */
  readonly seconds: number;
  /** Seconds of user and system time; `undefined` without GNU time. */
  readonly cpuSeconds: number | undefined;
  /** Bytes; `undefined` without GNU time. */
  readonly peak: number | undefined;
  /** Load average of the last minute when it began. */
  readonly load: number;
}

export class Meter {
  /** For its own files, on the disk that is measured. */
  readonly directory: string;
  /** Whether CPU time and memory are measured. */
  readonly isWhole: boolean;

  private constructor(directory: string, isWhole: boolean) {
    this.directory = directory;
    this.isWhole = isWhole;
  }

  static async open(scratch: string): Promise<Meter> {
    const probe = await execute({ argv: [GNU_TIME, "-q", "-f", "%M", "true"] }).catch(() => undefined);
    return new Meter(await mkdtemp(join(scratch, "meter-")), probe?.code === 0);
  }

  /** @throws Error when the command fails or takes longer than it may */
  async measure(
    command: Command,
    options: ExecuteOptions = {},
  ): Promise<{ sample: Sample; stdout: string; stderr: string }> {
    const report = join(this.directory, "report");
    await rm(report, { force: true });
    const timed = this.isWhole
      ? [GNU_TIME, "-q", "-f", "%U %S %M", "-o", report, ...command.argv]
      : command.argv;
    const [load] = loadavg();
    const outcome = await execute({ ...command, argv: timed }, options);
    if (outcome.code !== 0) throw new Error(failureOf(command, outcome));
    const usage = this.isWhole ? parseUsage(await readFile(report, "utf8")) : undefined;
    const sample = {
      seconds: outcome.seconds,
      cpuSeconds: usage?.cpuSeconds,
      peak: usage?.peak,
      load: load!,
    };
    return { sample, stdout: outcome.stdout, stderr: outcome.stderr };
  }
}

/** What `%U %S %M` printed. */
export function parseUsage(text: string): { cpuSeconds: number; peak: number } {
  const [user, system, kilobytes] = text.trim().split(" ").map(Number);
  if (!Number.isFinite(kilobytes))
    throw new Error(`Cannot read usage ${JSON.stringify(text)}: want three numbers`);
  return { cpuSeconds: user! + system!, peak: kilobytes! * KIB };
}
