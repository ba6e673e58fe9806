/** Frames as runs of bytes: nothing is lost of them, and nothing between them given, however the data is cut. */
import test from "ava";
import fc from "fast-check";
import { FrameSpans } from "../../../src/codecs/zstd/frames/spans.js";
import { joined, noise, prose } from "../../pipeline/volume-bytes.js";
import { frameOf, skippable } from "./peers.js";

const FRAMES = [
  frameOf([{ raw: prose(300) }, { byte: 7, count: 9000 }, { raw: noise(50) }]),
  frameOf([{ raw: prose(10) }], [0x20, 10]),
  frameOf([{ raw: new Uint8Array(0) }], [0x20, 0]),
];
const NOTE = skippable(prose(40));

interface Run {
  readonly frame: Uint8Array;
  readonly isWhole: boolean;
}

/** The frames that spans of `data` add up to, and what was thrown in the end. */
function framesIn(data: Uint8Array, cuts: readonly number[]): { runs: Run[]; failure: Error | undefined } {
  const spans = new FrameSpans();
  const runs: Run[] = [];
  let begun: Uint8Array[] = [];
  try {
    let from = 0;
    for (const to of [...cuts, data.length]) {
      for (const { bytes, isStart, isEnd } of spans.of(data.subarray(from, to))) {
        if (isStart) begun = [];
        begun.push(bytes.slice());
        if (isEnd) runs.push({ frame: joined(...begun.splice(0)), isWhole: true });
      }
      from = to;
    }
    spans.finish();
    return { runs, failure: undefined };
  } catch (failure) {
    if (begun.length > 0) runs.push({ frame: joined(...begun), isWhole: false });
    return { runs, failure: failure as Error };
  }
}

const cutsOf = (data: Uint8Array): fc.Arbitrary<number[]> =>
  fc
    .array(fc.integer({ min: 0, max: data.length }), { maxLength: 12 })
    .map((cuts) => cuts.sort((a, b) => a - b));

test("every frame comes whole, and what is to be skipped does not", (t) => {
  const data = joined(NOTE, FRAMES[0]!, NOTE, FRAMES[1]!, FRAMES[2]!, FRAMES[0]!, NOTE);
  const expected = [FRAMES[0]!, FRAMES[1]!, FRAMES[2]!, FRAMES[0]!];
  fc.assert(
    fc.property(cutsOf(data), (cuts) => {
      const { runs, failure } = framesIn(data, cuts);
      if (failure !== undefined) throw failure;
      return (
        runs.length === expected.length &&
        runs.every(({ frame }, index) => Buffer.compare(frame, expected[index]!) === 0)
      );
    }),
  );
  t.pass();
});

test("what comes before a bad block is given, and the block is not", (t) => {
  const [good, bad] = [FRAMES[0]!, Uint8Array.of(0x06, 0, 0)];
  const cut = good.subarray(0, 4 + 2 + 3 + 300);
  const data = joined(NOTE, FRAMES[1]!, cut, bad, noise(20));
  fc.assert(
    fc.property(cutsOf(data), (cuts) => {
      const { runs, failure } = framesIn(data, cuts);
      const rest = runs.at(-1)!;
      const given = rest.frame.subarray(0, cut.length);
      // Up to two bytes of the bad block's header were given where a piece ended in it.
      const isTold = failure?.message === "a block is of an unknown type" && !rest.isWhole;
      return isTold && Buffer.compare(given, cut) === 0 && rest.frame.length - cut.length < bad.length;
    }),
  );
  t.pass();
});

test("what ends inside of a frame, or follows it and is none, is told", (t) => {
  t.is(framesIn(FRAMES[0]!.subarray(0, -1), [5]).failure?.message, "the data ends inside a frame");
  t.is(framesIn(NOTE.subarray(0, 0), []).failure?.message, "the data ends inside a frame");
  t.is(framesIn(joined(FRAMES[1]!, prose(9)), [3]).failure?.message, "bytes follow the end of the frame");
  t.is(framesIn(joined(FRAMES[1]!, prose(2)), [3]).failure?.message, "bytes follow the end of the frame");
});
