/** The fuzzing of the zstd decoder, as long as is wanted: `zstd-run.js EXECUTIONS SEED`. */
import { fuzzZstd } from "./zstd-fuzz.js";

const [executions, seed] = process.argv.slice(2).map(Number) as [number, number];
const PART = 20_000;
for (let done = 0, part = 0; done < executions; done += PART, part++) {
  const result = await fuzzZstd({ executions: Math.min(PART, executions - done), seed: seed + part });
  const memory = Math.round(process.memoryUsage.rss() / 2 ** 20);
  console.log(JSON.stringify({ seed: seed + part, ...result, rssMiB: memory }));
}
