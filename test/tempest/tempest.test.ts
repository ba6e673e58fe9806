/**
 * OpenStack's own tests of the API: those of backups, which are part of the gate, those around them, and those beyond.
 * `TEMPEST_TESTS` takes tests from the lists whose names begin with one of its words, separated by commas.
 */
import test, { type ExecutionContext } from "ava";
import { readLines, runTempest } from "./harness.js";

interface Skip {
  readonly start: string;
  readonly reason: string;
}

async function readSkips(): Promise<readonly Skip[]> {
  return (await readLines("skip")).map((line) => {
    const [start = "", reason = ""] = line.split(": ");
    return { start, reason };
  });
}

async function passes(t: ExecutionContext, names: readonly string[]): Promise<void> {
  const chosen = process.env.TEMPEST_TESTS?.split(",");
  const run = names.filter((name) => chosen?.some((start) => name.startsWith(start)) ?? true);
  if (run.length === 0) {
    t.pass();
    return;
  }
  const { passed, output } = await runTempest(t, run);
  t.log(`${passed} of ${run.length} pass`);
  t.is(passed, run.length, output);
}

test.serial("all of Tempest's tests of backups pass", async (t) => {
  await passes(t, await readLines("backup"));
});

for (const list of ["around", "beyond"]) {
  test.serial(`Tempest's tests ${list} backups pass, but for those that are skipped`, async (t) => {
    const skips = await readSkips();
    const names = await readLines(list);
    await passes(
      t,
      names.filter((name) => !skips.some(({ start }) => name.startsWith(start))),
    );
  });
}

test.serial("every skip has a reason, and is of a test in a list", async (t) => {
  const names = [...(await readLines("around")), ...(await readLines("beyond"))];
  for (const { start, reason } of await readSkips()) {
    t.true(
      names.some((name) => name.startsWith(start)),
      start,
    );
    t.not(reason, "", start);
  }
});
