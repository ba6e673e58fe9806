/**
 * A million executions of the bzip2 decoder, or as many as wanted, in some minutes:
 *
 *     npm run build && node build/test/fuzz/bz2-long.js [executions] [first seed]
 *
 * Ends with an error that names seed and execution when one goes wrong.
 */
import process from "node:process";
import { fuzzBz2 } from "./bz2.js";

const BATCH = 50_000;
const executions = Number(process.argv[2] ?? 1_000_000);
const firstSeed = Number(process.argv[3] ?? 1000);

const totals = new Map<string, number>();
let decoded = 0;
let slowestMs = 0;
for (let done = 0, seed = firstSeed; done < executions; done += BATCH, seed++) {
  const result = await fuzzBz2({ seed, executions: Math.min(BATCH, executions - done) });
  decoded += result.decoded;
  slowestMs = Math.max(slowestMs, result.slowestMs);
  for (const [message, count] of result.messages) totals.set(message, (totals.get(message) ?? 0) + count);
  process.stdout.write(`${Math.min(done + BATCH, executions)} executions, ${decoded} decoded\n`);
}
for (const [message, count] of totals) process.stdout.write(`${count} × ${message}\n`);
process.stdout.write(`slowest ${slowestMs.toFixed(1)} ms\n`);
