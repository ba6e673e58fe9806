/** A repository is recognized by its marker: a missing, replaced, moved, linked or copied one is none other by mistake. */
import { cp, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { Site } from "./site.js";

const CREATE = ["volume", "backup", "create"];
const MARKER = "ashlar-repository";
const NAMES = ["volume", "backup", "list", "-f", "value", "-c", "Name"];

/** A backup of `v` in the repository `disk`. */
async function used(t: ExecutionContext): Promise<{ site: Site; at: (name: string) => string[] }> {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "v".repeat(100_000));
  const at = (name: string): string[] => ["--repository", site.path(name)];
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "a"]);
  return { site, at };
}

async function refused(
  t: ExecutionContext,
  site: Site,
  args: readonly string[],
  expected: { readonly code: number; readonly reason: RegExp },
): Promise<void> {
  const { code, talk } = await site.run(args);
  t.is(code, expected.code, talk);
  t.regex(talk, expected.reason);
}

async function identityOf(site: Site, repository: string): Promise<string> {
  const text = await readFile(site.path(repository, MARKER, "identity"), "utf8");
  return (JSON.parse(text) as { repository_id: string }).repository_id;
}

test("an empty mount point is refused even if the catalog has only a failed deletion there", async (t) => {
  const { site, at } = await used(t);
  await rename(site.path("disk"), site.path("away"));
  await mkdir(site.path("disk"));
  // By force, an entry of the catalog is removed whatever is there; without the directory it fails.
  await rm(site.path("disk"), { recursive: true });
  await site.run([...at("disk"), "volume", "backup", "delete", "--force", "a"]);
  await mkdir(site.path("disk"));
  t.is((await site.data(t, [...NAMES, "--status", "error_deleting"])).trim(), "a");
  const reason =
    /Cannot use repository "file:.*\/disk": its marker is not there, and none .* is found; mount it/;
  for (const verb of [
    [...CREATE, "v"],
    ["volume", "backup", "delete", "a"],
    ["repository", "scan"],
    ["repository", "clean", "--delete"],
  ])
    await refused(t, site, [...at("disk"), ...verb], { code: 3, reason });
  t.deepEqual(await readdir(site.path("disk")), []);
  await rm(site.path("disk"), { recursive: true });
  await rename(site.path("away"), site.path("disk"));
  await site.data(t, [...at("disk"), "volume", "backup", "delete", "a"]);
  t.is(await site.data(t, NAMES), "");
  // Emptied, but still the repository.
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "b"]);
});

test("another repository at the same address is refused, until it is accepted", async (t) => {
  const { site, at } = await used(t);
  await site.data(t, [...at("other"), ...CREATE, "v", "--name", "o"]);
  await rename(site.path("disk"), site.path("away"));
  await rename(site.path("other"), site.path("disk"));
  const reason = /another repository is there/;
  for (const verb of [
    [...CREATE, "v"],
    ["volume", "backup", "delete", "a"],
    ["repository", "scan"],
  ])
    await refused(t, site, [...at("disk"), ...verb], { code: 3, reason });
  await refused(t, site, [...at("disk"), "volume", "backup", "verify", "a"], { code: 3, reason });
  await site.data(t, [...at("disk"), "repository", "scan", "--accept"]);
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "c"]);
  await site.data(t, ["volume", "backup", "verify", "o"]);
});

test("a moved repository is refused by its new address, and followed by a scan", async (t) => {
  const { site, at } = await used(t);
  await rename(site.path("disk"), site.path("moved"));
  const reason = /it has the identity of "file:.*\/disk".* use .*repository scan/s;
  await refused(t, site, [...at("moved"), ...CREATE, "v"], { code: 4, reason });
  const rows = await site.json<{ finding: string }[]>(t, [...at("moved"), "repository", "scan"]);
  t.deepEqual(
    rows.map(({ finding }) => finding),
    ["moved"],
  );
  await site.data(t, [...at("moved"), ...CREATE, "--incremental", "v", "--name", "b"]);
  await site.data(t, ["volume", "backup", "verify", "b"]);
  // The old address is free.
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "new"]);
  t.not(await identityOf(site, "disk"), await identityOf(site, "moved"));
});

test("a link to a repository, and a copy of it, are not taken for another one", async (t) => {
  const { site, at } = await used(t);
  await symlink("disk", site.path("link"));
  await cp(site.path("disk"), site.path("copy"), { recursive: true });
  const reason =
    /it has the identity of "file:.*\/disk", so it is the same by another address, or moved, or a copy/;
  for (const name of ["link", "copy"]) {
    await refused(t, site, [...at(name), ...CREATE, "v"], { code: 4, reason });
    const scan = await site.run([...at(name), "repository", "scan"]);
    t.is(scan.code, 0);
    t.regex(scan.talk, /it is the same by another address, or a copy/);
  }
  await site.data(t, [...at("copy"), "repository", "scan", "--accept"]);
  t.not(await identityOf(site, "copy"), await identityOf(site, "disk"));
  await site.data(t, [...at("copy"), ...CREATE, "v", "--name", "of-copy"]);
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "of-disk"]);
});

test("a repository without a marker stays usable and gets one; a read-only one needs none", async (t) => {
  const { site, at } = await used(t);
  await rm(site.path("disk", MARKER), { recursive: true });
  await site.data(t, [...at("disk"), "volume", "backup", "verify", "a"]);
  await site.data(t, [...at("disk"), "volume", "backup", "restore", "a", site.path("out")]);
  t.deepEqual((await readdir(site.path("disk"))).includes(MARKER), false);
  await site.data(t, [...at("disk"), ...CREATE, "v", "--name", "b"]);
  t.regex(await identityOf(site, "disk"), /^[0-9a-f-]{36}$/);
  const clean = await site.json(t, [...at("disk"), "repository", "clean", "--older-than", "0m"]);
  t.deepEqual(clean, []);
  // Another catalog takes over the identity.
  const env = { ASHLAR_STATE_DIR: site.path("second") };
  const before = await identityOf(site, "disk");
  const scan = await site.json<unknown[]>(t, [...at("disk"), "repository", "scan"], { env });
  t.is(scan.length, 2);
  await site.data(t, [...at("disk"), ...CREATE, "./v", "--name", "c"], { env });
  t.is(await identityOf(site, "disk"), before);
});
