/** Benchmarks on stores in memory: what they measure, and that nothing is left of them. */
import test from "ava";
import { type BenchmarkOptions, NAME_PREFIX, runBenchmark } from "../../src/benchmark/run.js";
import type { TrialSettings } from "../../src/benchmark/trial.js";
import { CancelledError, StorageError } from "../../src/errors.js";
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";

const VOLUME = joined(noise(MIB), prose(2 * MIB), new Uint8Array(MIB));
const PLAIN: TrialSettings = { compression: "none", level: undefined, objectSize: MIB, concurrentObjects: 2 };
const SMALL: TrialSettings = { compression: "bz2", level: 1, objectSize: 2 * MIB, concurrentObjects: 1 };

const clock = { now: () => new Date(), monotonicMs: () => performance.now() };

function optionsOf(sink: ObjectSink, changes: Partial<BenchmarkOptions> = {}): BenchmarkOptions {
  return {
    volume: new MemorySource(VOLUME),
    sink,
    trials: [PLAIN, SMALL],
    operations: ["backup", "incremental", "verify", "restore"],
    rounds: 2,
    changeShare: 0.1,
    blockSize: 32 * KIB,
    runtimeAt: (levels) => portableRuntime(levels),
    createTarget: async (size) => ({ target: new MemoryTarget({ size }), remove: async () => undefined }),
    clock,
    processorSeconds: () => process.cpuUsage().user / 1e6,
    signal: new AbortController().signal,
    ...changes,
  };
}

async function namesIn(sink: ObjectSink): Promise<string[]> {
  const names: string[] = [];
  for await (const container of sink.containers()) {
    names.push(container);
    for await (const { name } of sink.list(container, "")) names.push(name);
  }
  return names;
}

test("each combination has a row for each operation, and nothing is left in the store", async (t) => {
  const sink = new MemorySink();
  const rows = await runBenchmark(optionsOf(sink));
  t.deepEqual(
    rows.map(({ operation, compression }) => [compression, operation]),
    ["none", "bz2"].flatMap((codec) =>
      ["backup", "incremental", "verify", "restore"].map((of) => [codec, of]),
    ),
  );
  const [plain, incremental] = rows;
  t.true(plain!.storedSize > 3 * MIB, "plain bytes but the zeros");
  t.true(incremental!.storedSize > 256 * KIB && incremental!.storedSize < plain!.storedSize / 2);
  t.true(rows[4]!.storedSize < plain!.storedSize * 0.7, "bzip2 makes prose smaller");
  for (const { seconds, secondsRange, memory, limit, volumeSize } of rows) {
    t.true(seconds > 0 && secondsRange![0] <= seconds && seconds <= secondsRange![1]);
    t.true(memory > MIB && volumeSize === VOLUME.length);
    t.true(limit.share > 0 && limit.share <= 1, limit.stage);
  }
  t.deepEqual(await namesIn(sink), []);
});

test("only what was asked for is measured, in the container that is given", async (t) => {
  const sink = new MemorySink();
  await sink.createContainer("own");
  const writer = await sink.create("own", "theirs");
  await writer.close();
  const changes = { operations: ["restore"], rounds: 1, trials: [PLAIN], container: "own" } as const;
  const rows = await runBenchmark(optionsOf(sink, changes));
  t.deepEqual(
    rows.map(({ operation }) => operation),
    ["restore"],
  );
  t.is(rows[0]!.secondsRange, undefined, "one round has no spread");
  t.deepEqual(await namesIn(sink), ["own", "theirs"]);
});

test("a benchmark that is stopped, or whose target fails, leaves nothing", async (t) => {
  const sink = new MemorySink();
  const stop = new AbortController();
  const onOperation: BenchmarkOptions["onOperation"] = (_, operation) => {
    if (operation === "verify") stop.abort(new CancelledError("stopped"));
  };
  const stopped = optionsOf(sink, { signal: stop.signal, onOperation });
  await t.throwsAsync(runBenchmark(stopped), { instanceOf: CancelledError });
  t.deepEqual(await namesIn(sink), []);
  let removed = 0;
  const createTarget: BenchmarkOptions["createTarget"] = async (size) => {
    const target = new MemoryTarget({ size });
    target.write = async () => {
      throw new StorageError("the disk is full", { call: "write" });
    };
    return { target, remove: async () => void removed++ };
  };
  await t.throwsAsync(runBenchmark(optionsOf(sink, { createTarget })), { message: "the disk is full" });
  t.is(removed, 1);
  t.deepEqual(await namesIn(sink), []);
});

test("an error names what cannot be removed", async (t) => {
  const sink = new MemorySink();
  sink.removeAll = async () => {
    throw new StorageError("no answer", { call: "remove" });
  };
  const error = await t.throwsAsync(runBenchmark(optionsOf(sink, { container: "box" })), {
    instanceOf: StorageError,
  });
  t.regex(
    error.message,
    new RegExp(
      `^objects of the benchmark are left in container "box": no answer; remove those whose names begin with ${NAME_PREFIX}`,
    ),
  );
});
