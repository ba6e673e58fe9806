/** The page without a mouse. */
import type { Page } from "./browser.js";
import { ENDED, legend, textOf } from "./steps.js";
import type { PageTest } from "./tests.js";

/** Where the focus is. */
function focused(page: Page): Promise<string> {
  return page.evaluate(
    "document.activeElement.id || document.activeElement.name || document.activeElement.tagName",
  );
}

/** Presses Tab until the focus is there. @throws Error when it does not come by */
async function tabTo(page: Page, wanted: string): Promise<void> {
  const passed: string[] = [];
  for (let i = 0; i < 30; i++) {
    await page.press("Tab");
    passed.push(await focused(page));
    if (passed.at(-1) === wanted) return;
  }
  throw new Error(`The focus does not come to ${wanted}: ${passed.join(", ")}`);
}

export const keyboardTests: readonly PageTest[] = [
  {
    title: "with the keyboard alone a sample is made, a backup chosen and verified",
    async run(t, world) {
      const page = await world.openPage();
      await page.press("Tab");
      t.is(await textOf(page, ":focus"), "Skip to the repository");
      t.true(await page.evaluate("document.activeElement.getBoundingClientRect().height > 20"));
      await tabTo(page, "open-sample");
      t.true(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle === 'solid'"));
      await page.press("Enter");
      await page.until("document.activeElement.id === 'backups-title'");
      await tabTo(page, "backup");
      await page.press(" ");
      t.is(await page.evaluate("document.querySelectorAll('#backup-list input')[0].checked"), true);
      await page.press("ArrowDown");
      t.true((await textOf(page, "#work-subject")).startsWith("Chosen: tuesday"));
      await tabTo(page, "verify");
      await page.press("Enter");
      await page.until(ENDED);
      await page.until("document.activeElement.id === 'outcome'");
      t.is((await legend(page))["Not checked yet"], 0);
      t.true((await textOf(page, "#announcement")).startsWith("Verified: all 24 MiB"));
    },
  },
  {
    title: "with the keyboard alone a store is opened",
    async run(t, world) {
      const page = await world.openPage();
      await tabTo(page, "store-address");
      await page.type(await world.openBucket());
      await page.press("Enter");
      await page.until("document.activeElement.id === 'backups-title'");
      t.is(await textOf(page, "#repository-status"), "Found 2 backups.");
    },
  },
];
