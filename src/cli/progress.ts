/**
 * Shows the progress of a run. The run's counters are read on a timer; the run itself is not called, so showing costs
 * it nothing.
 */
import { type Progress, startProgress } from "../pipeline/run/run.js";
import type { Clock } from "../ports.js";
import type { CommandHost } from "./host.js";
import { finalLine, type ProgressPoint, progressJson, progressLine } from "./progress-text.js";
import { RateMeter } from "./rate.js";

export const PROGRESS_STYLES = ["auto", "bar", "json", "none"] as const;
/** `auto`: a bar if standard error is a terminal, else nothing. */
export type ProgressStyle = (typeof PROGRESS_STYLES)[number];

export interface ProgressDisplay {
  /** The counters that the run updates. */
  readonly progress: Progress;
  /** Shows the final state and ends the display. */
  finish(): void;
}

export interface DisplayOptions {
  /** The operation, in a word. */
  readonly label: string;
  readonly style: ProgressStyle;
  /** For a run that has already begun: its progress, and the time since its start. */
  readonly begun?: { readonly progress: Progress; readonly elapsedMs: number };
}

type DisplayHost = Pick<CommandHost, "clock" | "every" | "screen">;

const BAR_INTERVAL_MS = 200;
const JSON_INTERVAL_MS = 1000;
const ERASE_TO_END = "\x1b[K";

export function showProgress(host: DisplayHost, { label, style, begun }: DisplayOptions): ProgressDisplay {
  const { progress, elapsedMs } = begun ?? { progress: startProgress(), elapsedMs: 0 };
  const watch = new Watch(host.clock, progress, elapsedMs);
  const shown = style === "auto" ? (host.screen.isTerminal ? "bar" : "none") : style;
  switch (shown) {
    case "bar":
      return { progress, finish: showBar(host, watch, label) };
    case "json":
      return { progress, finish: showJson(host, watch) };
    case "none":
      return { progress, finish: () => undefined };
  }
}

function showBar(host: DisplayHost, watch: Watch, label: string): () => void {
  const { screen } = host;
  const stop = host.every(BAR_INTERVAL_MS, () => {
    const line = progressLine(watch.point(), { label, columns: screen.columns });
    screen.write(`\r${line}${ERASE_TO_END}`);
  });
  return () => {
    stop();
    // For a run that failed before it began there is nothing to print but the error.
    const line = !watch.isBegun ? "" : `${finalLine(watch.summary(), { label, seconds: watch.seconds })}\n`;
    screen.write(`\r${ERASE_TO_END}${line}`);
  };
}

function showJson(host: DisplayHost, watch: Watch): () => void {
  const stop = host.every(JSON_INTERVAL_MS, () => host.screen.write(`${progressJson(watch.point())}\n`));
  return () => {
    stop();
    if (watch.isBegun) host.screen.write(`${progressJson(watch.summary())}\n`);
  };
}

/** Reads the counters and the clock together. */
class Watch {
  readonly #clock: Clock;
  readonly #progress: Progress;
  readonly #startMs: number;
  readonly #meter: RateMeter;

  constructor(clock: Clock, progress: Progress, elapsedMs: number) {
    this.#clock = clock;
    this.#progress = progress;
    this.#startMs = clock.monotonicMs() - elapsedMs;
    // Work done before the first reading does not count for the present rate.
    this.#meter = new RateMeter(clock.monotonicMs(), progress.bytesDone);
  }

  /** Whether the amount of work is known, or some of it done. */
  get isBegun(): boolean {
    return this.#progress.bytesTotal > 0 || this.#progress.bytesDone > 0;
  }

  get seconds(): number {
    return (this.#clock.monotonicMs() - this.#startMs) / 1000;
  }

  /** Progress with the rate of the last seconds. */
  point(): ProgressPoint {
    const { bytesDone, ...rest } = this.#counters();
    this.#meter.add(this.#clock.monotonicMs(), bytesDone);
    return { ...rest, bytesDone, bytesPerSecond: this.#meter.bytesPerSecond };
  }

  /** Progress with the rate of the whole run. */
  summary(): ProgressPoint {
    const { bytesDone, ...rest } = this.#counters();
    return { ...rest, bytesDone, bytesPerSecond: this.seconds > 0 ? bytesDone / this.seconds : 0 };
  }

  #counters(): Omit<ProgressPoint, "bytesPerSecond"> {
    const { stage, queuePosition, bytesDone, bytesTotal, bytesSkipped } = this.#progress;
    return { stage, queuePosition, bytesDone, bytesTotal, bytesSkipped };
  }
}
