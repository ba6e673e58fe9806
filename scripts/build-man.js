/** Writes the manual page, `build/man/ashlar.1`, out of the tree of verbs that `--help` prints. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { manPage } from "../build/src/cli/man-page.js";
import { buildProgram, optionTexts } from "../build/src/cli/program.js";
import { verbTree } from "../build/src/cli/verb-tree.js";

const root = new URL("../", import.meta.url);
const { version } = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
const silent = { out: () => undefined, error: () => undefined };
const program = buildProgram({ host: { version, tableWidth: 80 } }, silent);
await mkdir(new URL("build/man/", root), { recursive: true });
await writeFile(
  new URL("build/man/ashlar.1", root),
  manPage(verbTree(program), { version, options: optionTexts() }),
);
