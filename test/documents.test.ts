/** Checks of the documents: their links, their tables, the tests they name, the status of each decision. */
import { access, readdir, readFile } from "node:fs/promises";
import test from "ava";

const ROOT = new URL("../../", import.meta.url);

/** Documents whose rows each name the tests that show them, with the least number of rows. */
const PROVEN: readonly (readonly [document: string, rowsMin: number])[] = [
  ["docs/differences.md", 50],
  ["docs/promises.md", 30],
];

test("every test that a document names as proof is there, and every row names one", async (t) => {
  const files = new Set(
    (await readdir(new URL("test/", ROOT), { recursive: true })).map((name) => `test/${name}`),
  );
  for (const [document, rowsMin] of PROVEN) {
    const text = await readFile(new URL(document, ROOT), "utf8");
    const rows = text.split("\n").filter((line) => /^\| (?!the reference system|promise \||-)/.test(line));
    t.true(rows.length > rowsMin, document);
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
  }
});

/** Paths of all documents of the repository, relative to its root; the generated API reference is left out. */
async function documents(): Promise<string[]> {
  const below = async (folder: string): Promise<string[]> =>
    (await readdir(new URL(`${folder}/`, ROOT), { recursive: true })).map((name) => `${folder}/${name}`);
  const paths = ["README.md", "CHANGELOG.md", ...(await below("docs")), ...(await below("examples"))];
  return paths.filter((path) => path.endsWith(".md") && !path.startsWith("docs/api/"));
}

/** The text of a document without its code, in which brackets and bars mean something else. */
async function proseOf(path: string): Promise<string> {
  const text = await readFile(new URL(path, ROOT), "utf8");
  return text.replaceAll(/^```.*?^```/gms, "");
}

/** Anchors as GitHub derives them from headings. */
function anchorsOf(prose: string): Set<string> {
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title]) => title!);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

test("every link between documents leads to a file, and to a heading where it names one", async (t) => {
  const paths = await documents();
  t.true(paths.length > 50);
  for (const path of paths) {
    const prose = await proseOf(path);
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    for (const link of links.filter((link) => !/^[a-z]+:/.test(link))) {
      const [file, anchor] = link.split("#");
      const target = file === "" ? new URL(path, ROOT) : new URL(file!, new URL(path, ROOT));
      await t.notThrowsAsync(access(target), `${path}: ${link}`);
      if (anchor === undefined) continue;
      const targetPath = target.href.slice(ROOT.href.length);
      t.true(anchorsOf(await proseOf(targetPath)).has(anchor), `${path}: ${link}`);
    }
  }
});

test("no table is padded, so that a changed cell changes one line", async (t) => {
  for (const path of await documents())
    for (const line of (await proseOf(path)).split("\n"))
      if (line.startsWith("|")) t.notRegex(line, / {2}|-{4}/, `${path}: ${line.slice(0, 60)}`);
});

test("every decision has a number of its own, and a status that names its successor", async (t) => {
  const names = (await readdir(new URL("docs/decisions/", ROOT))).filter((name) => /^\d/.test(name));
  const numbers = new Set(names.map((name) => name.slice(0, 4)));
  t.is(numbers.size, names.length);
  const index = await readFile(new URL("docs/decisions/README.md", ROOT), "utf8");
  for (const name of names) {
    const text = await readFile(new URL(`docs/decisions/${name}`, ROOT), "utf8");
    t.regex(text, new RegExp(`^# ${name.slice(0, 4)}: \\S`), name);
    t.true(index.includes(`(${name})`), `docs/decisions/README.md lists ${name}`);
    const status = /^Status: (.*)$/m.exec(text)?.[1] ?? "";
    t.regex(status, /^(Accepted|Superseded by \[\d{4}\])/, name);
    for (const [, number] of status.matchAll(/\b(\d{4})\b/g))
      t.true(numbers.has(number!), `${name}: ${number}`);
  }
});

test("every message that docs/troubleshooting.md explains is one of the program's", async (t) => {
  const page = await readFile(new URL("docs/troubleshooting.md", ROOT), "utf8");
  const paths = (await readdir(new URL("src/", ROOT), { recursive: true })).filter((path) =>
    path.endsWith(".ts"),
  );
  const sources = await Promise.all(paths.map((path) => readFile(new URL(`src/${path}`, ROOT), "utf8")));
  // Long messages are joined from literals on several lines.
  const source = sources.join("\n").replaceAll(/["`] \+\s+["`]/g, "");
  const messages = [...page.matchAll(/^### `(.*?)`/gm)].map(([, message]) => message!);
  t.true(messages.length > 20);
  for (const message of messages)
    for (const fragment of message.split(/\s*…[.:]?\s*/))
      t.true(source.includes(fragment), `"${fragment}" of "${message}"`);
});
