import test from "ava";
import { isClose, judge, judgeMemory, peakOf, targetsFor } from "../../bench/peers/targets.js";
import { MIB } from "../../src/units.js";
import { measured } from "./measurements.js";

const targets = targetsFor({ hasNativeZstd: false, cores: 2 });

function targetOf(row: string, against: string) {
  const target = targets.find((each) => each.row === row && each.against.includes(against));
  if (target === undefined) throw new Error(`no target ${row} against ${against}`);
  return target;
}

test("more is wanted of zstd where the runtime brings its own", (t) => {
  const wanted = (hasNativeZstd: boolean) =>
    targetsFor({ hasNativeZstd, cores: 2 }).find(
      ({ row, against }) => row === "full, zstd" && against !== "Cinder",
    )?.atLeast;
  t.is(wanted(false), 1);
  t.is(wanted(true), 1.5);
});

test("pigz is looked for under the name that it has with as many threads as there are cores", (t) => {
  const [target] = targetsFor({ hasNativeZstd: true, cores: 8 }).filter(({ against }) =>
    against.includes("pigz"),
  );
  t.deepEqual(target?.peers, ["pigz -6 -p8"]);
});

test("a group is close while a ratio of it is near to what is wanted", (t) => {
  const close = (ours: number, cinder: number): boolean =>
    isClose("full-none", targets, {
      "full-none": { "ashlar none": measured([ours]), "cinder none": measured([cinder]) },
    });
  t.deepEqual([close(10, 22), close(10, 28), close(10, 20), close(10, 30)], [true, true, false, false]);
  t.false(isClose("full-zlib", targets, {}));
});

test("a ratio is the peer's time to ours", (t) => {
  const measurements = {
    "full-zlib": { "ashlar zlib": measured([10, 11]), "cinder zlib": measured([25, 33]) },
  };
  const { time, best, ratio } = judge(targetOf("full, zlib", "Cinder"), measurements);
  t.is(time?.median, 10.5);
  t.is(best?.name, "cinder zlib");
  t.deepEqual(ratio, { median: 2.75, low: 2.5, high: 3, count: 2 });
});

test("of several peers the one with the smallest median counts, and those without a sample do not", (t) => {
  const measurements = {
    unchanged: {
      "ashlar zlib": measured([1, 1, 1]),
      restic: measured([1.5, 1.5, 1.5]),
      borg: measured([0.5, 1.6, 1.7]),
      casync: measured([]),
    },
  };
  const { best, ratio } = judge(targetOf("nothing changed", "restic"), measurements);
  t.is(best?.name, "restic");
  t.is(ratio?.median, 1.5);
});

test("without the peer, or without us, there is no ratio", (t) => {
  const target = targetOf("full, none", "Cinder");
  t.is(judge(target, {}).ratio, undefined);
  t.is(judge(target, { "full-none": { "cinder none": measured([5]) } }).ratio, undefined);
  t.is(judge(target, { "full-none": { "ashlar none": measured([5]) } }).best, undefined);
});

test("memory is held against Cinder's with the same codec, by what objects have", (t) => {
  const verdicts = judgeMemory({
    restore: {
      "ashlar zlib": measured([1], 100),
      "cinder zlib": measured([2], 400),
      restic: measured([1], 70),
    },
    "large-objects": {
      "ashlar zlib 1.86 GiB, backup": measured([1], 120),
      "cinder zlib 1.86 GiB, backup": measured([1], 2400),
    },
  });
  t.deepEqual(
    verdicts.map(({ group, peak, cinder, atMost }) => [group, peak / MIB, cinder! / MIB, atMost]),
    [
      ["restore", 100, 400, 0.6],
      ["large-objects", 120, 2400, 0.08],
    ],
  );
});

test("a peak is the most of all rounds, and unknown where none was counted", (t) => {
  const { samples } = measured([1, 1], 10);
  t.is(peakOf({ samples: [...samples, { ...samples[0]!, peak: 30 * MIB }], figures: {} }), 30 * MIB);
  t.is(peakOf(measured([1])), undefined);
});
