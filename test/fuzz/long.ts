/**
 * Fuzzing of one decoder for as long as is wanted; a million executions take some minutes:
 *
 *     npm run fuzz -- zlib|bz2|zstd [executions] [first seed]
 *
 * Prints a line for each part, and ends with an error that names seed and execution when one goes wrong.
 */
import process from "node:process";
import { fuzzBz2 } from "./bz2.js";
import type { FuzzOptions, FuzzResult } from "./outcome.js";
import { fuzzZlib } from "./zlib.js";
import { fuzzZstd } from "./zstd.js";

const PART = 20_000;
const FUZZERS: Readonly<Record<string, (options: FuzzOptions) => Promise<FuzzResult>>> = {
  zlib: fuzzZlib,
  bz2: fuzzBz2,
  zstd: fuzzZstd,
};

const [codec = "", executionsText = "1000000", seedText = "1"] = process.argv.slice(2);
const fuzz = FUZZERS[codec];
if (fuzz === undefined)
  throw new Error(`Cannot fuzz "${codec}": want one of ${Object.keys(FUZZERS).join(", ")}`);
const executions = Number(executionsText);
const sum = { executions: 0, decoded: 0, refused: 0, slowestMs: 0 };
for (let seed = Number(seedText); sum.executions < executions; seed++) {
  const part = Math.min(PART, executions - sum.executions);
  const { decoded, refused, slowestMs } = await fuzz({ executions: part, seed });
  sum.executions += part;
  sum.decoded += decoded;
  sum.refused += refused;
  sum.slowestMs = Math.round(Math.max(sum.slowestMs, slowestMs));
  const rssMib = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(JSON.stringify({ codec, seed, ...sum, rssMib }));
}
