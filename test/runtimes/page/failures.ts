/** What the page says when things go wrong, and what it leaves behind: nothing. */
import type { MemorySink } from "../../../src/sinks/memory/sink.js";
import { createBucketServer } from "./bucket-server.js";
import { choose, click, ENDED, fakePickers, legend, namesIn, openBucket, run, textOf } from "./steps.js";
import type { PageTest } from "./tests.js";

const refusals: PageTest = {
  title: "a store that cannot be opened is an alert that says what to do",
  async run(t, world) {
    const page = await world.openPage();
    const cases: readonly (readonly [string, RegExp])[] = [
      ["http://127.0.0.1:1/bucket", /Check the address and the connection, and that the store's CORS rules/],
      [
        await world.openBucket({ cors: false }),
        /CORS rules allow GET and HEAD from http:\/\/127\.0\.0\.1:\d+\.$/,
      ],
      [await world.openBucket({}, "other"), /there is none.*Check the bucket's name in the address\.$/],
      ["http://127.0.0.1:1/", /add the bucket's name, as in https:\/\/s3\.example\/bucket\.$/],
      ["ftp://127.0.0.1/bucket", /want an address like https:\/\/s3\.example\/bucket\.$/],
    ];
    for (const [address, wanted] of cases) {
      await openBucket(page, address);
      const said = await textOf(page, "#repository-error");
      t.true(wanted.test(said), `${address}: ${said}`);
      t.is(await page.evaluate("document.querySelector('#work').hidden"), true);
    }
    await page.evaluate("document.querySelector('#store-key').value = 'only the key'");
    await openBucket(page, await world.openBucket());
    t.true(
      /fill in both access key ID and secret access key, or neither/.test(
        await textOf(page, "#repository-error"),
      ),
    );
  },
};

const emptyFolder: PageTest = {
  title: "a folder without backups says which folder is wanted",
  async run(t, world) {
    const page = await world.openPage();
    await fakePickers(page, { "a-file": "YQ==" });
    await click(page, "#open-folder");
    await page.until("document.querySelector('#repository-error').textContent !== ''");
    t.true(/There is no backup\. Choose the directory/.test(await textOf(page, "#repository-error")));
  },
};

const byteOff: PageTest = {
  title: "one wrong byte in a bucket is found, and told with its object",
  async run(t, world) {
    const page = await world.openPage();
    await openBucket(page, `${await world.serve(createBucketServer(await world.damaged()))}box`);
    await choose(page, 1);
    await run(page, "verify");
    t.true((await legend(page))["Damaged"]! > 0);
    const said = await textOf(page, "#outcome");
    t.true(said.includes("volume_2-00001"), said);
    t.is((await legend(page))["Not checked yet"], 0);
  },
};

const stopped: PageTest = {
  title: "a run is stopped, and keeps nothing of what had been written",
  async run(t, world) {
    const page = await world.openPage();
    let isSlow = false;
    const open = world.sink.open.bind(world.sink);
    const slow: Pick<MemorySink, "open"> = {
      open: async (container, name, options) => {
        if (isSlow && name.endsWith("-00004"))
          await new Promise((resolve) => setTimeout(resolve, 60_000).unref());
        return await open(container, name, options);
      },
    };
    const sink = new Proxy(world.sink, {
      get: (target, key) => {
        const value = key === "open" ? slow.open : Reflect.get(target, key, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    await openBucket(page, `${await world.serve(createBucketServer(sink))}box`);
    await choose(page, 0);
    isSlow = true;
    await click(page, "#restore-private");
    await page.until("document.querySelector('#progress').value > 20");
    t.is(await page.evaluate("document.activeElement.id"), "stop");
    await click(page, "#stop");
    await page.until(ENDED);
    t.is(await textOf(page, "#outcome"), "Stopped. Nothing was kept of what had been written.");
    t.deepEqual(await namesIn(page, "ashlar-restored"), []);
    t.is(await page.evaluate("document.querySelector('#verify').disabled"), false);
  },
};

export const failureTests: readonly PageTest[] = [refusals, emptyFolder, byteOff, stopped];
