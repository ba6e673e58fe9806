import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { Contender } from "../../bench/peers/contender.js";
import { Meter } from "../../bench/peers/meter.js";
import { type Group, rotated, runRounds } from "../../bench/peers/rounds.js";

let scratch = "";
test.before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ashlar-test-rounds-"));
});
test.after.always(() => rm(scratch, { recursive: true, force: true }));

function contender(name: string, script: string, log: string[] = []): Contender {
  return {
    name,
    prepare: async () => {
      log.push(name);
    },
    command: () => ({ argv: ["sh", "-c", script] }),
    finish: async (isFirst) => (isFirst ? { repository: name.length } : {}),
  };
}

async function measure(groups: readonly Group[], rounds: number, minutes = 1) {
  const kept: number[] = [];
  const measurements = await runRounds(groups, {
    meter: await Meter.open(scratch),
    rounds,
    deadlineMs: performance.now() + minutes * 60_000,
    keep: async (soFar) => {
      kept.push(Object.keys(soFar).length);
    },
    tell: () => {},
  });
  return { measurements, kept };
}

test("groups that are close come first, and have five rounds at least", async (t) => {
  const group = (id: string): Group => ({ id, contenders: async () => [contender(id, "true")] });
  const order: string[] = [];
  const measurements = await runRounds([group("far"), group("close")], {
    meter: await Meter.open(scratch),
    rounds: 2,
    isClose: (id) => id === "close",
    deadlineMs: performance.now() + 60_000,
    keep: async () => {},
    tell: (line) => order.push(line.split(",")[0]!),
  });
  t.is(measurements.far!.far!.samples.length, 2);
  t.is(measurements.close!.close!.samples.length, 5);
  t.deepEqual(order.slice(0, 4), ["far", "close", "close", "far"]);
});

test("a run continues an earlier one: its rounds are kept, and only the missing ones are run", async (t) => {
  const log: string[] = [];
  const group: Group = { id: "g", contenders: async () => [contender("a", "true", log)] };
  const { measurements: before } = await measure([group], 2);
  const measurements = await runRounds([group], {
    meter: await Meter.open(scratch),
    rounds: 3,
    before,
    deadlineMs: performance.now() + 60_000,
    keep: async () => {},
    tell: () => {},
  });
  t.deepEqual(measurements.g!.a!.samples.slice(0, 2), before.g!.a!.samples);
  t.deepEqual(
    measurements.g!.a!.samples.map(({ round }) => round),
    [0, 1, 2],
  );
  t.is(log.length, 3);
});

test("each round begins with another", (t) => {
  t.deepEqual(rotated([1, 2, 3], 0), [1, 2, 3]);
  t.deepEqual(rotated([1, 2, 3], 4), [2, 3, 1]);
  t.deepEqual(rotated([], 1), []);
});

test("contenders take turns, and figures are of the first round", async (t) => {
  const log: string[] = [];
  const group = {
    id: "g",
    contenders: async () => [contender("aa", "true", log), contender("b", "true", log)],
  };
  const { measurements } = await measure([group], 2);
  t.deepEqual(log, ["aa", "b", "b", "aa"]);
  t.deepEqual(
    measurements.g!.aa!.samples.map(({ round }) => round),
    [0, 1],
  );
  t.deepEqual(measurements.g!.aa!.figures, { repository: 2 });
});

test("one that fails is told and out, and loses nobody else", async (t) => {
  const log: string[] = [];
  const group = {
    id: "g",
    contenders: async () => [contender("bad", "echo broken >&2; exit 3", log), contender("good", "true")],
  };
  const { measurements, kept } = await measure([group], 3);
  t.deepEqual(log, ["bad"]);
  t.regex(measurements.g!.bad!.error!, /ended with 3: broken/);
  t.deepEqual(measurements.g!.bad!.samples, []);
  t.is(measurements.g!.good!.samples.length, 3);
  t.deepEqual(kept, [1, 1, 1], "kept after each round of the group");
});

test("a program that is missing fails alone", async (t) => {
  const missing = { ...contender("missing", ""), command: () => ({ argv: ["/nonexistent/program"] }) };
  const { measurements } = await measure(
    [{ id: "g", contenders: async () => [missing, contender("good", "true")] }],
    1,
  );
  t.truthy(measurements.g!.missing!.error);
  t.is(measurements.g!.good!.samples.length, 1);
});

test("a group that cannot be made is passed over", async (t) => {
  const broken = { id: "broken", contenders: () => Promise.reject(new Error("no disk")) };
  const whole = { id: "whole", contenders: async () => [contender("a", "true")] };
  const { measurements } = await measure([broken, whole], 2);
  t.deepEqual(measurements.broken, {});
  t.is(measurements.whole!.a!.samples.length, 2);
});

test("no round begins when the time is over", async (t) => {
  const { measurements } = await measure(
    [{ id: "g", contenders: async () => [contender("a", "true")] }],
    2,
    -1,
  );
  t.deepEqual(measurements, {});
});

test("a group with an end has all its rounds before the next begins, at most its own", async (t) => {
  const log: string[] = [];
  const first = {
    id: "first",
    roundsMax: 2,
    contenders: async () => [contender("a", "true", log)],
    end: async () => {
      log.push("end");
    },
  };
  await measure([first, { id: "next", contenders: async () => [contender("b", "true", log)] }], 3);
  t.deepEqual(log, ["a", "a", "end", "b", "b", "b"]);
});

test("wall time, CPU time and memory are the command's", async (t) => {
  const meter = await Meter.open(scratch);
  const { sample, stdout } = await meter.measure({ argv: ["sh", "-c", "sleep 0.2; echo done"] });
  t.is(stdout, "done\n");
  t.true(sample.seconds >= 0.2);
  if (!meter.isWhole) return;
  t.true(sample.cpuSeconds! < 0.2, "sleeping is no work");
  t.true(sample.peak! > 100_000 && sample.peak! < 60 * 2 ** 20, "not that of the process that measures");
});
