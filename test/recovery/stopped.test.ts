/** Operations that another process stops, wherever they are. `ASHLAR_TEST_STOPS=100` repeats each so often. */
import process from "node:process";
import test from "ava";
import { Random, SEED } from "./random.js";
import { distribution, prepareStops, type Stopped, stopBackup, stopRestore } from "./stops.js";

const STOPS = Number(process.env.ASHLAR_TEST_STOPS ?? 20);
/** Of half of them. A machine that has other things to do may take seconds for one; all are in the log. */
const MEDIAN_MS_MAX = 2000;

for (const [title, stop] of [
  ["a backup deleted by force while it is made leaves nothing behind", stopBackup],
  ["a restore stopped by a reset of its backup leaves its volume in error", stopRestore],
] as const) {
  test.serial(`${title}, ${STOPS} times`, async (t) => {
    t.timeout(60_000 + STOPS * 20_000);
    t.log(`seed ${SEED}`);
    const stage = await prepareStops(t);
    const random = new Random(SEED);
    const stops: Stopped[] = [];
    for (let i = 0; i < STOPS; i++) stops.push(await stop(stage, random));
    t.log(distribution(stops));
    t.true(stops.some(({ stage }) => stage === "running"));
    const latencies = stops.flatMap(({ latencyMs }) => latencyMs ?? []).sort((a, b) => a - b);
    t.true(latencies[latencies.length >> 1]! < MEDIAN_MS_MAX);
  });
}
