/** Texts that a reader takes for something else, through the shipped program. */
import { writeFile } from "node:fs/promises";
import test from "ava";
import { parse } from "yaml";
import { Site } from "./site.js";

const TEXTS: readonly string[] = ["no", "12:30:45", "1_000", "2026-11-22", "<<", "=", "0001", "null", "a: b"];

test("what is text in the catalog is text for a reader of YAML 1.1", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const properties = TEXTS.flatMap((text, index) => ["--property", `${index}=${text}`]);
  const create = ["volume", "backup", "create", "v", "--name", "on", "--description", "~", ...properties];
  const made = parse(await site.data(t, [...create, "-f", "yaml"]), { version: "1.1" });
  t.like(made, { name: "on", description: "~", metadata: { ...TEXTS } });
  t.is(typeof made.created_at, "string");
  const list = await site.data(t, ["volume", "backup", "list", "--long", "-f", "yaml"]);
  t.deepEqual(parse(list, { version: "1.1" }), [made]);
});

const CELLS: readonly string[] = ["=1+1", "a,b", 'say "hi"', "9007199254740993", "1e3", " x ", "-2"];

test("formats for programs are neither cut, coloured, localized nor evaluated", async (t) => {
  const site = await Site.open(t);
  await writeFile(site.path("v"), "x".repeat(5000));
  const env = {
    COLUMNS: "20",
    FORCE_COLOR: "3",
    LANG: "de_DE.UTF-8",
    LC_ALL: "de_DE.UTF-8",
    TERM: "xterm-256color",
  };
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  for (const text of CELLS) {
    const create = [
      "volume",
      "backup",
      "create",
      "./v",
      "--name",
      text,
      "--description",
      `${text}${"y".repeat(99)}`,
    ];
    const made = await site.json<{ name: string; description: string }>(t, create, { env });
    t.like(made, { name: text, description: `${text}${"y".repeat(99)}` });
  }
  const list = ["volume", "backup", "list", "--sort", "created_at:asc", "-c", "name", "-c", "volume_size"];
  const csv = await site.data(t, [...list, "-f", "csv"], { env });
  t.deepEqual(
    csv.split("\n").slice(1, -1),
    CELLS.map((text) => `${quoted(text)},5000`),
  );
  const values = await site.data(t, [...list, "-f", "value"], { env });
  t.deepEqual(
    values.split("\n").slice(0, -1),
    CELLS.map((text) => `${text} 5000`),
  );
  const rows = await site.json<{ name: string }[]>(t, list, { env });
  t.deepEqual(
    rows.map(({ name }) => name),
    CELLS,
  );
});
