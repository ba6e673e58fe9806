/** The API reference is whole: every public name has a docstring. Runs typedoc, which takes a quarter of a minute. */

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify, stripVTControlCharacters } from "node:util";
import test, { type ExecutionContext } from "ava";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

interface Reference {
  readonly directory: string;
  /** Public names without a docstring, each with its entry in front. */
  readonly undocumented: readonly string[];
  /** What else typedoc warns of. */
  readonly warnings: readonly string[];
}

/** Of the project in `cwd`, by its typedoc.json. */
async function makeReference(t: ExecutionContext, cwd: string): Promise<Reference> {
  const directory = await temporaryDirectory(t);
  const { stdout, stderr } = await promisify(execFile)(
    join(ROOT, "node_modules/.bin/typedoc"),
    ["--out", join(directory, "api")],
    { cwd, maxBuffer: 2 ** 24 },
  );
  const lines = stripVTControlCharacters(stdout + stderr).split("\n");
  const undocumented: string[] = [];
  const warnings: string[] = [];
  for (const line of lines.filter((each) => each.startsWith("[warning] "))) {
    const name = /^\[warning\] (\S+) \(\w+\), defined in .* does not have any documentation$/.exec(line)?.[1];
    if (name === undefined) warnings.push(line);
    // Members are left to the judgement of who writes them: `close()` says enough.
    else if (name.split(".").length <= 2) undocumented.push(name);
  }
  return { directory, undocumented, warnings: warnings.filter((line) => !/^\[warning\] Found /.test(line)) };
}

test("every public name has a docstring, and every link leads somewhere", async (t) => {
  const { directory, undocumented, warnings } = await makeReference(t, ROOT);
  t.deepEqual(undocumented, []);
  t.deepEqual(warnings, []);
  const page = await readFile(join(directory, "api/index.md"), "utf8");
  for (const name of ["createBackup", "restoreBackup", "openRepository", "ObjectSink"])
    t.regex(page, new RegExp(`^#+ ${name}`, "m"), name);
  t.regex(await readFile(join(directory, "api/pipeline/stages.md"), "utf8"), /^#+ decompress/m);
});

test("a name without a docstring is noticed", async (t) => {
  const directory = await temporaryDirectory(t);
  await writeFile(
    join(directory, "entry.ts"),
    "export function bare(): void {}\n/** Said. */\nexport const said = 1;\n",
  );
  const options = JSON.parse(await readFile(join(ROOT, "typedoc.json"), "utf8"));
  const plugin = [join(ROOT, "node_modules/typedoc-plugin-markdown/dist/index.js")];
  const here = { entryPoints: ["entry.ts"], tsconfig: "tsconfig.json", plugin };
  await writeFile(join(directory, "typedoc.json"), JSON.stringify({ ...options, ...here }));
  await writeFile(join(directory, "tsconfig.json"), '{ "files": ["entry.ts"] }');
  const { undocumented } = await makeReference(t, directory);
  t.deepEqual(undocumented, ["bare"]);
});
