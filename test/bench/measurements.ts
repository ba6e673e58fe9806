/** Measurements as a run makes them, from a few numbers. */
import type { Measured } from "../../bench/peers/rounds.js";
import { MIB } from "../../src/units.js";

/** Seconds by round; peaks in MiB. */
export function measured(seconds: readonly number[], peak?: number): Measured {
  const samples = seconds.map((value, round) => ({
    round,
    seconds: value,
    cpuSeconds: value * 1.5,
    peak: peak === undefined ? undefined : peak * MIB,
    load: 0.5 + round,
  }));
  return { samples, figures: {} };
}
