/** Documents that point at the tests which show what they say. */
import { readdir, readFile } from "node:fs/promises";
import test from "ava";

const ROOT = new URL("../../", import.meta.url);

test("every test that docs/differences.md names is there, and every row names one", async (t) => {
  const text = await readFile(new URL("docs/differences.md", ROOT), "utf8");
  const files = new Set(
    (await readdir(new URL("test/", ROOT), { recursive: true })).map((name) => `test/${name}`),
  );
  const rows = text.split("\n").filter((line) => /^\| (?!the reference system|-)/.test(line));
  t.true(rows.length > 50);
  for (const row of rows) {
    const named = [...row.matchAll(/`(test\/[^`]+)`/g)].map(([, name]) => name!);
    t.true(named.length > 0, row);
    for (const name of named) t.true(files.has(name), name);
    const titles = [...row.matchAll(/`(test\/[^`]+)` "([^"]+)"/g)];
    t.is(titles.length, named.length, `a title for each file: ${row}`);
    for (const [, name, title] of titles) {
      const source = await readFile(new URL(name!, ROOT), "utf8");
      t.true(source.includes(title!), `"${title}" in ${name}`);
    }
  }
});
