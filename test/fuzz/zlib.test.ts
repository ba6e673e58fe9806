/** A short run; `long.ts` says how to have a long one. */
import test from "ava";
import { fuzzZlib } from "./zlib.js";

test("damaged zlib streams are refused or decoded, and never wrongly where the checksum is whole", async (t) => {
  const { decoded, refused } = await fuzzZlib({ executions: 4000, seed: 20260103 });
  t.log({ decoded, refused });
  t.true(refused > 2000);
  t.true(decoded > 300);
});
