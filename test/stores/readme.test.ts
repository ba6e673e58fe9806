/** The README's snippets of stores, run as they stand but for the names of hosts, files and devices. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import test, { type ExecutionContext } from "ava";
import { patternBytes } from "../../src/testing/objects.js";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { startSwift, useServer } from "./swift-server.js";

const swift = useServer(test, startSwift);
const README = readFileSync(new URL("../../../README.md", import.meta.url), "utf8");
const run = promisify(execFile);

/** The snippet that has `word` in it, with each of `names` replaced; all of them must be there. */
function snippet(word: string, names: Readonly<Record<string, string>>): string {
  const found = [...README.matchAll(/```sh\n(.*?)```/gs)]
    .map(([, text]) => text!)
    .find((text) => text.includes(word));
  if (found === undefined) throw new Error(`the README has no snippet with ${word}`);
  return Object.entries(names).reduce((text, [name, value]) => {
    if (!text.includes(name)) throw new Error(`the snippet does not have ${name}`);
    return text.replaceAll(name, value);
  }, found);
}

async function makeHome(t: ExecutionContext): Promise<string> {
  const home = await temporaryDirectory(t);
  await writeFile(join(home, "volume"), patternBytes(300_000, 1));
  await writeFile(join(home, "key"), "testing\n");
  return home;
}

test("Swift", async (t) => {
  const home = await makeHome(t);
  const url = `${swift.server.authUrl.replace("http://", "swift+http://")}?user=test:tester`;
  const script = snippet("SWIFT_KEY", {
    "swift://keystone.example:5000/v3?project=backup&user=ashlar": url,
    "/etc/ashlar/swift.key": join(home, "key"),
    "npx ashlar": `${process.execPath} ${COMMAND} --state-dir ${home}/state`,
    "/dev/vdb": join(home, "volume"),
    "/srv/restored.raw": join(home, "restored"),
  });
  await run("sh", ["-e", "-c", script]);
  t.is(Buffer.compare(await readFile(join(home, "restored")), patternBytes(300_000, 1)), 0);
});

const SHARES = [
  { title: "NFS", word: "nfs://", base: "backup_mount_point_base", mounted: "filer.example:/export/backups" },
  {
    title: "GlusterFS",
    word: "glusterfs://",
    base: "glusterfs_backup_mount_point",
    mounted: "gluster.example:backups",
  },
];

for (const { title, word, base, mounted } of SHARES) {
  test(`${title}, with a stand-in for mount`, async (t) => {
    const home = await makeHome(t);
    await mkdir(join(home, "bin"));
    await writeFile(join(home, "bin", "mount"), '#!/bin/sh\necho "$*" >&2\nexit 32\n', { mode: 0o755 });
    const script = snippet(word, {
      "npx ashlar": `${process.execPath} ${COMMAND} --state-dir ${home}/state --option ${base}=${home}/mnt --option backup_mount_attempts=1`,
      "/dev/vdb": join(home, "volume"),
    });
    const env = { ...process.env, PATH: `${home}/bin:${process.env.PATH}` };
    const failure = await t.throwsAsync(run("sh", ["-e", "-c", script], { env }));
    // Nothing of /proc/mounts can be pretended to the command itself, so this goes as far as the mount command.
    const said = `Cannot mount "${mounted}" on ".*/mnt/[0-9a-f]{32}": -t ${title.toLowerCase()} -- `;
    t.regex(failure!.message, new RegExp(said));
  });
}
