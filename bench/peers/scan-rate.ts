/**
 * How fast an unchanged volume is read and digested, from whole commands: what the same command takes for a volume of one
 * block is taken off, since a volume of a hundred times the size would not pay it again.
 */
import { lineAndPlace } from "./curves.js";
import type { Measured } from "./rounds.js";
import { timeOf } from "./targets.js";

export interface ScanRate {
  /** "wasm" or "native". */
  readonly engine: string;
  readonly zeroPercent: number;
  readonly seconds: number;
  /** Bytes per second of the whole command. */
  readonly whole: number;
  /** Without the start; `undefined` where that was not measured, or took as long as the whole. */
  readonly scan: number | undefined;
}

/** `group` is the curve of zeros, of volumes of `size` bytes. */
export function scanRates(group: Readonly<Record<string, Measured>>, size: number): ScanRate[] {
  return Object.entries(group).flatMap(([name, measured]) => {
    const { line, place } = lineAndPlace(name);
    const seconds = timeOf(measured)?.median;
    if (place === "start" || seconds === undefined) return [];
    const start = timeOf(group[name.replace(place, "start")])?.median;
    const rest = start === undefined ? 0 : seconds - start;
    return [
      {
        engine: line,
        zeroPercent: Number.parseInt(place, 10),
        seconds,
        whole: size / seconds,
        scan: rest > 0 ? size / rest : undefined,
      },
    ];
  });
}
