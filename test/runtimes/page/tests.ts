/** The page in Chromium: what a user does, and what comes out. */
import type { Assertions } from "../../portable/assertions.js";
import { failureTests } from "./failures.js";
import { keyboardTests } from "./keyboard.js";
import { checkLooks, colorCount } from "./looks.js";
import {
  choose,
  click,
  digestOfFile,
  fakePickers,
  legend,
  namesIn,
  openBucket,
  openSample,
  run,
  textOf,
} from "./steps.js";
import type { PageWorld } from "./world.js";

export interface PageTest {
  readonly title: string;
  run(t: Assertions, world: PageWorld): Promise<void>;
}

const TOTAL = 192;

const sample: PageTest = {
  title: "a sample is made, listed, and every block of its backups verified",
  async run(t, world) {
    const page = await world.openPage();
    await openSample(page);
    t.is(await textOf(page, "#repository-status"), "Found 3 backups.");
    await choose(page, 2);
    await run(page, "verify");
    t.is(await textOf(page, "#outcome"), "Verified: all 24 MiB, 768 blocks, are what was backed up.");
    const full = await legend(page);
    t.is(full["Verified"]! + full["Verified, all zero"]!, 768);
    t.is(full["Verified, all zero"], 351);
    await choose(page, 1);
    await run(page, "verify");
    t.is((await legend(page))["Verified, changed by this backup"], 8);
    t.true((await colorCount(page, "#map")) >= 4);
    t.deepEqual(page.errors, []);
  },
};

const damaged: PageTest = {
  title: "of a damaged backup the very block is shown, and the rest is verified and restored",
  async run(t, world) {
    const page = await world.openPage();
    await openSample(page);
    await choose(page, 0);
    await run(page, "verify");
    const counts = await legend(page);
    t.is(counts["Damaged"], 1);
    t.is(counts["Not checked yet"], 0);
    const outcome = await textOf(page, "#outcome");
    t.true(outcome.startsWith("Verified what is good; 32 KiB of 24 MiB are damaged."), outcome);
    t.true(
      /SHA-256 is not the one in the digest table \(.*-00001", offset 2162688, block 66\)/.test(outcome),
      outcome,
    );
    t.true((await page.evaluate<string>("document.querySelector('#map').ariaLabel")).includes("Damaged: 1."));
    await run(page, "restore-private");
    t.true((await textOf(page, "#outcome")).includes("The damaged ranges are zeros in the restored volume."));
  },
};

const bucket: PageTest = {
  title:
    "a bucket that another machine wrote is listed, verified and restored into the browser, byte for byte",
  async run(t, world) {
    const page = await world.openPage();
    await openBucket(page, await world.openBucket());
    t.is(await textOf(page, "#repository-error"), "");
    for (const point of [1, 0]) {
      await choose(page, point);
      await run(page, "verify");
      t.is((await legend(page))["Damaged"], 0);
      await run(page, "restore-private");
      const [name] = await namesIn(page, "ashlar-restored");
      t.is(await digestOfFile(page, "ashlar-restored", name!), world.digests[point]!);
      t.is(await page.evaluate("document.querySelector('#outcome a').download"), name);
      await click(page, "#outcome button");
      await page.until("document.querySelector('#outcome').innerText.includes('is removed')");
      t.deepEqual(await namesIn(page, "ashlar-restored"), []);
    }
    t.deepEqual(page.errors, []);
  },
};

const folder: PageTest = {
  title: "a folder is read, and restored to a file of the user's choice",
  async run(t, world) {
    const page = await world.openPage();
    await fakePickers(page, await world.files());
    await click(page, "#open-folder");
    await page.until("!document.querySelector('#backups').hidden");
    await choose(page, 1);
    await run(page, "restore-file");
    const name = "saved nightly.raw";
    t.true((await textOf(page, "#outcome")).endsWith(`Written to ${name}.`));
    t.is(await digestOfFile(page, name), world.digests[1]!);
    const counts = await legend(page);
    t.is(counts["Verified, changed by this backup"], 3);
    t.is(counts["Verified"]! + counts["Verified, all zero"]! + 3, TOTAL);
  },
};

const looks: PageTest = {
  title: "nothing scrolls sideways at 360 pixels, is faint, small or nameless, light or dark",
  async run(t, world) {
    const page = await world.openPage();
    await page.evaluate("document.querySelector('details').open = true");
    for (const stage of ["empty", "damaged", "failed"]) {
      if (stage === "damaged") {
        await openSample(page);
        await choose(page, 0);
        await run(page, "restore-private");
      } else if (stage === "failed") await openBucket(page, "http://127.0.0.1:1/bucket");
      await checkLooks(t, page, stage, world.directory);
    }
  },
};

export const pageTests: readonly PageTest[] = [
  sample,
  damaged,
  bucket,
  folder,
  ...keyboardTests,
  ...failureTests,
  looks,
];
