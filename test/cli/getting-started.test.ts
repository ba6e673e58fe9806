/** The commands of `docs/getting-started.md`, run in the order in which the page prints them. */

import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import test from "ava";
import { COMMAND } from "../command.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const PAGE = await readFile(new URL("../../../docs/getting-started.md", import.meta.url), "utf8");
const SNIPPET = /<!-- run(?:: (\w+))? -->\n\n```sh\n([\s\S]*?)```/g;

const snippets = [...PAGE.matchAll(SNIPPET)].map(([, program, code]) => ({ program, code: code! }));

async function writeProgram(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await chmod(path, 0o755);
}

test("the tour works as it is printed, and the nightly script after it", async (t) => {
  const home = await temporaryDirectory(t);
  const bin = join(home, "bin");
  await mkdir(bin);
  await writeProgram(join(bin, "ashlar"), `#!/bin/sh\nexec "${process.execPath}" "${COMMAND}" "$@"\n`);
  // On Sundays the script makes a full backup, after which its rotation deletes the tour's of the same day.
  await writeProgram(
    join(bin, "date"),
    '#!/bin/sh\nif [ "$1" = +%u ]; then echo 3; else exec /bin/date "$@"; fi\n',
  );
  const nightly = snippets.find(({ program }) => program === "nightly")!;
  await writeProgram(join(bin, "ashlar-nightly"), nightly.code);
  const tour = snippets.filter(({ program }) => program === undefined).map(({ code }) => code);
  t.is(tour.length, 7);
  const [end] = tour.splice(-1);
  const script = [
    "set -e",
    ...tour,
    "ashlar-nightly disk",
    "ashlar volume backup list -f value -c name",
    end,
  ].join("\n");
  const environment = { HOME: home, PATH: `${bin}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)("sh", ["-c", script], { env: environment, cwd: home });
  t.is(stdout.match(/^identical$/gm)?.length, 2);
  t.regex(stdout, /^disk-\d{4}-\d\d-\d\d-\d{4}$/m);
  t.regex(stdout, /\| verified_digests +\| 2048 +\|/);
});
