/** The dashboard in Chromium, on a served API with real backups. */
import type { Assertions } from "../../portable/assertions.js";
import type { Browser, Page } from "../page/browser.js";
import { checkLooks } from "../page/looks.js";
import { click, textOf } from "../page/steps.js";
import { TOKENS, type UiSite } from "./site.js";

export interface UiWorld {
  readonly browser: Browser;
  readonly site: UiSite;
  /** For pictures. */
  readonly directory: string;
}

export interface UiTest {
  readonly title: string;
  run(t: Assertions, world: UiWorld): Promise<void>;
}

const SHOWN = "!document.querySelector('#dashboard').hidden";

/** What the page has logged, but for answers that it expects: a browser logs every refusal. */
function errorsOf({ errors }: Page): string[] {
  return errors.filter((text) => !/status of 40[13]/.test(text));
}

/** Resolves when the expression is true; the page looks again meanwhile, as when its tab is chosen. */
async function untilSeen(page: Page, expression: string): Promise<void> {
  const again = "setInterval(() => document.dispatchEvent(new Event('visibilitychange')), 400)";
  const timer = await page.evaluate<number>(again);
  await page.until(expression);
  await page.evaluate(`clearInterval(${timer})`);
}

async function openPage({ browser, site }: UiWorld): Promise<Page> {
  const page = await browser.newPage();
  await page.open(site.url);
  return page;
}

async function signIn(world: UiWorld, token: string): Promise<Page> {
  const page = await openPage(world);
  await page.until("document.activeElement.id === 'token'");
  await page.type(token);
  await page.press("Enter");
  return page;
}

/** Whether the page has asked another server, or kept anything. */
const LEAKS = `performance.getEntriesByType("resource").filter(({ name }) => !name.startsWith(location.origin)).length
  + localStorage.length + sessionStorage.length + document.cookie.length`;

const work: UiTest = {
  title: "operations, chains, memory and health are shown, and a backup is verified",
  async run(t, world) {
    const page = await signIn(world, TOKENS.admin);
    await page.until(`${SHOWN} && document.querySelectorAll('.stages tbody tr').length === 5`);
    t.is(await textOf(page, "#operation-list h3"), "Backing up database-1");
    t.is(await textOf(page, "#connection"), "1 operation running, 0 waiting");
    t.true((await textOf(page, "#memory")).includes("123 MiB"));
    t.true((await textOf(page, "#repository")).includes("Present"));
    const labels = await page.evaluate<string[]>(
      "[...document.querySelectorAll('figure svg')].map((svg) => svg.ariaLabel)",
    );
    t.true(labels.includes("9 backups in 3 chains"), labels.join("; "));
    t.true(labels.includes("1 backup in 1 chain, 1 in error"), labels.join("; "));
    t.true((await textOf(page, "#chains")).includes("incremental on night-1"));
    for (const [name, outcome] of [
      ["night-4", "verified "],
      ["night-9", "verification failed: Cannot "],
    ] as const) {
      await page.evaluate(`document.querySelector('[aria-label="Verify ${name}"]').focus()`);
      await page.press("Enter");
      await untilSeen(
        page,
        `document.querySelector('#chains').textContent.includes(${JSON.stringify(outcome)})`,
      );
    }
    await page.evaluate("document.querySelector('#ended').open = true");
    await untilSeen(page, "document.querySelectorAll('#ended-list li.bad').length === 1");
    t.is(await page.evaluate(LEAKS), 0);
    t.deepEqual(errorsOf(page), []);
  },
};

const restore: UiTest = {
  title: "a backup is restored into a new volume, with the keyboard",
  async run(t, world) {
    const page = await signIn(world, TOKENS.ann);
    await page.until(SHOWN);
    t.true((await textOf(page, "#memory")).includes("shown to administrators"));
    t.false((await textOf(page, "#chains")).includes("mail-1"));
    await page.evaluate(`document.querySelector('[aria-label="Restore night-2"]').focus()`);
    await page.press("Enter");
    await page.until("document.querySelector('#restore-dialog').open");
    t.is(await page.evaluate("document.activeElement.id"), "restore-name");
    await page.type("second night");
    await page.press("Enter");
    await page.until(
      "document.querySelector('#ended-list').textContent.includes('restore backup night-2 done')",
    );
    t.is((await world.site.service.findVolume("second night")).status, "available");
    t.deepEqual(errorsOf(page), []);
  },
};

const filters: UiTest = {
  title: "backups are filtered, and an administrator sees those of all projects",
  async run(t, world) {
    const page = await signIn(world, TOKENS.admin);
    await page.until(SHOWN);
    t.is(await textOf(page, "#backup-count"), "11 backups");
    await page.evaluate("document.querySelector('#filter-text').focus()");
    await page.type("night-3");
    t.is(await textOf(page, "#backup-count"), "1 of 11 backups");
    t.is(await page.evaluate("document.querySelectorAll('.backups tbody tr').length"), 1);
    await page.evaluate(`document.querySelector('#filter-projects').value = 'all';
      document.querySelector('#filter-projects').dispatchEvent(new Event('input'))`);
    await page.until("document.querySelector('#backup-count').textContent === '1 of 12 backups'");
  },
};

const failures: UiTest = {
  title: "wrong and expired tokens are asked for again, and a server that went away is waited for",
  async run(t, world) {
    const { site } = world;
    const wrong = await signIn(world, "0123456789abcdef");
    await wrong.until("document.querySelector('#alert').textContent !== ''");
    t.is(await textOf(wrong, "#alert"), "The token is not valid, or not any more.");
    t.is(await wrong.evaluate(SHOWN), false);
    const page = await signIn(world, TOKENS.eve);
    await page.until(SHOWN);
    await site.goAway();
    await untilSeen(page, "document.querySelector('#alert').textContent.includes('Cannot reach the server')");
    t.true((await textOf(page, "#chains")).includes("mail-1"));
    await site.comeBack();
    await untilSeen(page, "document.querySelector('#alert').textContent === ''");
    site.revoke(TOKENS.eve);
    await untilSeen(page, "!document.querySelector('#sign-in').hidden");
    t.is(await textOf(page, "#alert"), "The token is not valid, or not any more.");
    t.false((await page.evaluate<string>("document.body.textContent")).includes("mail-1"));
  },
};

const looks: UiTest = {
  title: "nothing scrolls sideways at 360 pixels, is faint, small or nameless, light or dark",
  async run(t, world) {
    for (const stage of ["ui-sign-in", "ui-work", "ui-restore"]) {
      const page = stage === "ui-sign-in" ? await openPage(world) : await signIn(world, TOKENS.admin);
      if (stage !== "ui-sign-in") await page.until(`${SHOWN} && document.querySelector('.stages') !== null`);
      if (stage === "ui-restore") await click(page, '[aria-label="Restore night-4"]');
      await checkLooks(t, page, stage, world.directory);
    }
  },
};

export const uiTests: readonly UiTest[] = [looks, work, restore, filters, failures];
