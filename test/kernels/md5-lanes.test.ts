import { createHash } from "node:crypto";
import test from "ava";
import fc from "fast-check";
import { MD5_LANES } from "../../src/kernels/lane-count.js";
import { LaneMessage, Md5Lanes } from "../../src/kernels/md5-lanes.js";
import { noise } from "../pipeline/volume-bytes.js";

const lanes = await Md5Lanes.load();
const reference = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex");

test("every length around message blocks and slices, one message alone", (t) => {
  const bytes = noise(33_000);
  const lengths = [...Array(131).keys(), 16_383, 16_384, 16_385, 32_767, 32_768, 33_000];
  for (const length of lengths) {
    const message = new LaneMessage();
    lanes.update([{ message, bytes: bytes.subarray(0, length) }]);
    t.is(lanes.hex(message), reference(bytes.subarray(0, length)), `${length} bytes`);
  }
});

test("messages of any lengths in any pieces, any four together", async (t) => {
  const piece = fc.record({ message: fc.nat(5), length: fc.oneof(fc.nat(200), fc.nat(40_000)) });
  const rounds = fc.array(fc.array(piece, { minLength: 1, maxLength: MD5_LANES }), { maxLength: 12 });
  await fc.assert(
    fc.property(rounds, (all) => {
      const messages = Array.from({ length: 6 }, () => ({
        message: new LaneMessage(),
        hash: createHash("md5"),
      }));
      let seed = 1;
      for (const round of all) {
        const inputs = new Map<number, Uint8Array>();
        for (const { message, length } of round) inputs.set(message, noise(length, seed++));
        for (const [index, bytes] of inputs) messages[index]!.hash.update(bytes);
        lanes.update([...inputs].map(([index, bytes]) => ({ message: messages[index]!.message, bytes })));
      }
      for (const { message, hash } of messages) t.is(lanes.hex(message), hash.digest("hex"));
    }),
    { numRuns: 100 },
  );
});
