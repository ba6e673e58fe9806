/** A short run of the fuzzing; `long.ts` says how to have a long one. */
import test from "ava";
import { fuzzZstd } from "./zstd.js";

test("mutated zstd data is refused or decoded, quickly, and never wrongly where there is a checksum", async (t) => {
  const result = await fuzzZstd({ executions: 4000, seed: 20260102 });
  t.log(result);
  t.true(result.refused > 1000);
  t.true(result.decoded > 100);
  t.true(result.refusedAlone < 40);
  t.true(result.slowestMs < 2000);
});
