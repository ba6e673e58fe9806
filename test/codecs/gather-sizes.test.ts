import test from "ava";
import { nativeObjectSizes } from "../../src/node/codecs/zstd/object-sizes.js";
import { MIB } from "../../src/units.js";

test("what is gathered for a store takes no more memory the more cores there are", (t) => {
  for (let lanes = 2; lanes <= 12; lanes++) {
    const { maxInput, maxRemoteInput } = nativeObjectSizes(lanes);
    t.true(maxRemoteInput! >= maxInput);
    t.true(maxRemoteInput! <= 12 * MIB);
    t.true(lanes * maxRemoteInput! <= 60 * MIB);
  }
});
