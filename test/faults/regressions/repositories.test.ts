/** Repositories that are not there, or are several: nothing is written or forgotten in the wrong one. */
import { mkdir, readdir, rename, rmdir, writeFile } from "node:fs/promises";
import test from "ava";
import { Site } from "./site.js";

const NAMES = ["-f", "value", "-c", "Name"];

test("an empty mount point is no repository: nothing is written, deleted or called damaged", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "v".repeat(100_000));
  const disk = site.path("disk");
  const options = { env: { ASHLAR_REPOSITORY: disk } };
  await site.data(t, ["volume", "backup", "create", "v", "--name", "a"], options);
  await site.data(t, ["volume", "backup", "create", "v", "--name", "b"], options);
  await rename(disk, site.path("away"));
  await mkdir(disk);
  for (const verb of [
    ["create", "v"],
    ["verify", "b"],
    ["delete", "b"],
    ["prune", "--keep-last", "1"],
  ]) {
    const { code, talk } = await site.run(["volume", "backup", ...verb], options);
    t.is(code, 3, verb[0]);
    t.regex(talk, /Cannot use repository "file:.*\/disk": its marker is not there, and none of the backups/);
  }
  t.deepEqual(await readdir(disk), []);
  await rmdir(disk);
  await rename(site.path("away"), disk);
  const left = await site.data(t, ["volume", "backup", "list", "--status", "available", ...NAMES], options);
  t.deepEqual(left.trim().split("\n").sort(), ["a", "b"]);
});

test("what is kept in one repository does not count in another", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "v".repeat(5000));
  for (const name of ["local", "offsite"]) {
    const repository = ["--repository", site.path(name)];
    await site.data(t, [...repository, "volume", "backup", "create", "v", "--name", `${name}-1`]);
    await site.data(t, [...repository, "volume", "backup", "create", "v", "--name", `${name}-2`]);
  }
  const prune = ["volume", "backup", "prune", "--keep-last", "1"];
  await site.data(t, ["--repository", site.path("local"), ...prune]);
  const left = await site.data(t, ["volume", "backup", "list", ...NAMES]);
  t.deepEqual(left.trim().split("\n").sort(), ["local-2", "offsite-1", "offsite-2"]);
  const here = ["volume", "backup", "list", "--in-repository", ...NAMES];
  t.is(await site.data(t, ["--repository", site.path("local"), ...here]), "local-2\n");
  t.is(await site.data(t, ["--repository", site.path("elsewhere"), ...here]), "");
});
