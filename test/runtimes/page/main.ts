/** The tests of the page as one of the programs that the runner knows. */
import { assertions } from "../../portable/assertions.js";
import type { SuiteReport } from "../../portable/run.js";
import { pageTests } from "./tests.js";
import { PageWorld } from "./world.js";

/** @param directory for files of this run alone */
export async function runPageTests(directory: string): Promise<SuiteReport> {
  await using world = await PageWorld.create(directory);
  const failures: { title: string; error: string }[] = [];
  for (const { title, run } of pageTests) {
    try {
      await run(assertions, world);
    } catch (error) {
      failures.push({
        title,
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    }
  }
  return { passed: pageTests.length - failures.length, skipped: [], failures };
}
