import test from "ava";
import { nativeObjectSizes } from "../../../src/node/codecs/zstd/object-sizes.js";
import { MIB } from "../../../src/units.js";

test("what is gathered for a store takes no more memory the more cores there are", (t) => {
  for (let concurrency = 2; concurrency <= 12; concurrency++) {
    const { maxInput, maxRemoteInput } = nativeObjectSizes(concurrency);
    t.true(maxRemoteInput! >= maxInput);
    t.true(maxRemoteInput! <= 12 * MIB);
    t.true(concurrency * maxRemoteInput! <= 60 * MIB);
  }
});
