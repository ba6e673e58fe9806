import test from "ava";
import { fuzzBz2 } from "./bz2.js";

test("the bzip2 decoder survives 20 000 damaged streams", async (t) => {
  const { decoded, refused, messages } = await fuzzBz2({ seed: 1, executions: 20_000 });
  t.log(Object.fromEntries(messages));
  t.is(decoded + refused, 20_000);
  // That the changes are neither so harmless nor so coarse that they test nothing.
  t.true(refused > 10_000);
  t.true(decoded > 100);
  t.true(messages.size >= 10, [...messages.keys()].join("\n"));
});
