/** The tests of the dashboard as one of the programs that the runner knows. */
import { assertions } from "../../portable/assertions.js";
import type { SuiteReport } from "../../portable/run.js";
import { Browser } from "../page/browser.js";
import { UiSite } from "./site.js";
import { uiTests } from "./tests.js";

/** @param directory for files of this run alone */
export async function runUiTests(directory: string): Promise<SuiteReport> {
  await using browser = Browser.start(directory);
  await using site = await UiSite.open(directory);
  const failures: { title: string; error: string }[] = [];
  for (const { title, run } of uiTests) {
    try {
      await run(assertions, { browser, site, directory });
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failures.push({ title, error: text });
    }
  }
  return { passed: uiTests.length - failures.length, skipped: [], failures };
}
