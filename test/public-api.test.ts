/**
 * The public names of every entry, as listed in `test/public-api.txt`: a name that is added is a promise, one that is
 * removed is a breaking change. `ASHLAR_UPDATE_API=1 npx ava build/test/public-api.test.js` rewrites the list.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import test from "ava";

const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));
const LIST = `${ROOT}test/public-api.txt`;

type Target = string | { readonly types: { readonly import: string }; readonly default: string };

const { exports }: { exports: Readonly<Record<string, Target>> } = JSON.parse(
  await readFile(`${ROOT}package.json`, "utf8"),
);

/** The types that an index exports by name. */
function typesOf(declarations: string): string[] {
  const lists = declarations.matchAll(/^export (type )?\{([^}]*)\}/gm);
  return [...lists].flatMap(([, isType, names]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && (isType !== undefined || name.startsWith("type ")))
      .map((name) => name.replace(/^type /, "")),
  );
}

async function listOf(entry: string, target: Exclude<Target, string>): Promise<string> {
  const values = Object.keys(await import(ROOT + target.default)).sort();
  const types = typesOf(await readFile(ROOT + target.types.import, "utf8")).sort();
  return [entry, ...values.map((name) => `  ${name}`), ...types.map((name) => `  type ${name}`), ""].join(
    "\n",
  );
}

test("every entry exports the listed names and no others", async (t) => {
  const lists: string[] = [];
  for (const [path, target] of Object.entries(exports))
    if (typeof target !== "string") lists.push(await listOf(path.replace(".", "ashlar"), target));
  const found = lists.join("\n");
  if (process.env.ASHLAR_UPDATE_API !== undefined) await writeFile(LIST, found);
  t.deepEqual(found.split("\n"), (await readFile(LIST, "utf8")).split("\n"));
});

test("every entry is an index of names that are written out", async (t) => {
  for (const [path, target] of Object.entries(exports)) {
    if (typeof target === "string") continue;
    t.regex(target.default, /\/index\.js$/, path);
    t.notRegex(await readFile(ROOT + target.default, "utf8"), /export \*/, path);
  }
});

test("the main entry has some 25 values, so that a reader finds the one they need", async (t) => {
  const values = Object.keys(await import(`${ROOT}build/src/index.js`));
  t.true(values.length <= 30, `${values.length} values`);
});
