import test from "ava";
import { type Field, field, moment } from "../../src/cli/output/field.js";
import { type OutputFormat, recordPrinter, rowsPrinter } from "../../src/cli/output/printer.js";
import { UsageError } from "../../src/errors.js";

interface Stone {
  readonly id: string;
  readonly weight: number | null;
  readonly isCut: boolean;
  readonly marks: Readonly<Record<string, string>>;
}

const FIELDS: readonly Field<Stone>[] = [
  field("id", ({ id }) => id),
  field("weight_kg", ({ weight }) => weight),
  field("is_cut", ({ isCut }) => isCut, "Cut"),
  field("marks", ({ marks }) => marks),
];
const STONES: readonly Stone[] = [
  { id: 'a "quoted"', weight: 7, isCut: true, marks: { q: "2", p: "one" } },
  { id: "Größe", weight: 120, isCut: false, marks: {} },
];

async function rows(format: OutputFormat, column?: string[], stones = STONES, width = 80): Promise<string> {
  return await rowsPrinter(FIELDS, ["id", "weight_kg", "is_cut"], { format, column })(stones, width);
}

async function record(format: OutputFormat, column?: string[]): Promise<string> {
  return await recordPrinter(FIELDS, { format, column })({ ...STONES[0]!, weight: null }, 80);
}

test("a list as a table: the usual columns, numbers flush right", async (t) => {
  t.is(
    await rows("table"),
    [
      "+------------+-----------+-------+",
      "| ID         | Weight Kg | Cut   |",
      "+------------+-----------+-------+",
      '| a "quoted" |         7 | True  |',
      "| Größe      |       120 | False |",
      "+------------+-----------+-------+",
      "",
    ].join("\n"),
  );
});

test("wide characters take two columns of a table, and combining ones none", async (t) => {
  const stones = ["石", "e\u0301", "ab"].map((id) => ({ ...STONES[0]!, id }));
  const lines = (await rows("table", ["id"], stones)).split("\n").slice(3, 6);
  t.deepEqual(lines, ["| 石 |", "| e\u0301  |", "| ab |"]);
});

test("an empty list as a table is its headings", async (t) => {
  t.is(await rows("table", ["id"], []), "+----+\n| ID |\n+----+\n");
});

test("a list as JSON: every field, with its type, by its key", async (t) => {
  t.deepEqual(JSON.parse(await rows("json")), [
    { id: 'a "quoted"', weight_kg: 7, is_cut: true, marks: { q: "2", p: "one" } },
    { id: "Größe", weight_kg: 120, is_cut: false, marks: {} },
  ]);
  t.is(await rows("json", ["id"], []), "[]\n");
});

test("a list as values: one row a line", async (t) => {
  t.is(await rows("value"), 'a "quoted" 7 True\nGröße 120 False\n');
});

test("a list as CSV: what Python's QUOTE_NONNUMERIC prints", async (t) => {
  t.is(await rows("csv"), '"ID","Weight Kg","Cut"\n"a ""quoted""",7,True\n"Größe",120,False\n');
  t.is(await rows("csv", ["marks"]), `"Marks"\n"p='one', q='2'"\n""\n`);
});

test("a list as YAML: every field", async (t) => {
  t.is(
    await rows("yaml", undefined, STONES.slice(1)),
    '- id: "Größe"\n  weight_kg: 120\n  is_cut: false\n  marks: {}\n',
  );
});

test("a record as a table of fields and values, without those that are empty", async (t) => {
  t.is(
    await record("table"),
    [
      "+--------+----------------+",
      "| Field  | Value          |",
      "+--------+----------------+",
      '| id     | a "quoted"     |',
      "| is_cut | True           |",
      "| marks  | p='one', q='2' |",
      "+--------+----------------+",
      "",
    ].join("\n"),
  );
});

test("a record as JSON keeps null, booleans and metadata", async (t) => {
  t.is(
    await record("json"),
    `${JSON.stringify({ id: 'a "quoted"', weight_kg: null, is_cut: true, marks: { q: "2", p: "one" } }, undefined, 2)}\n`,
  );
});

test("a record as values, CSV and YAML", async (t) => {
  t.is(await record("value"), `a "quoted"\nNone\nTrue\np='one', q='2'\n`);
  t.is(
    await record("csv"),
    `"Field","Value"\n"id","a ""quoted"""\n"weight_kg",""\n"is_cut",True\n"marks","p='one', q='2'"\n`,
  );
  t.is(
    await record("yaml"),
    'id: "a \\"quoted\\""\nweight_kg: null\nis_cut: true\nmarks:\n  "q": "2"\n  "p": "one"\n',
  );
});

test("columns are chosen by key, heading or the key's words, in any case, and keep the record's order", async (t) => {
  for (const name of ["is_cut", "IS_CUT", "cut", "Cut", "Is Cut"]) {
    t.is(await rows("value", [name, "ID"]), 'a "quoted" True\nGröße False\n', name);
  }
  t.is(await record("value", ["Marks"]), "p='one', q='2'\n");
  t.deepEqual(JSON.parse(await rows("json", ["weight_kg"])), [{ weight_kg: 7 }, { weight_kg: 120 }]);
});

test("an unknown column is refused before there is anything to print", (t) => {
  const error = t.throws(() => rowsPrinter(FIELDS, [], { format: "json", column: ["id", "colour", "age"] }), {
    instanceOf: UsageError,
  });
  t.is(error.message, 'Cannot show column "colour", "age": want one of id, weight_kg, is_cut, marks');
  t.throws(() => recordPrinter(FIELDS, { format: "table", column: ["colour"] }), { instanceOf: UsageError });
});

test("control characters do not reach the terminal and rows stay one line each", async (t) => {
  const stones = [{ ...STONES[0]!, id: "a\nb\t\x1b[31m\x9b\u202e" }];
  const escaped = "a\\nb\\t\\x1b[31m\\x9b\\u202e";
  t.is(await rows("value", ["id"], stones), `${escaped}\n`);
  t.true((await rows("table", ["id"], stones)).includes(`| ${escaped} |`));
  t.deepEqual(JSON.parse(await rows("json", ["id"], stones)), [{ id: stones[0]!.id }]);
});

test("moments are printed as the Block Storage API prints them", (t) => {
  t.is(moment(new Date("2026-11-22T11:56:02.509Z")), "2026-11-22T11:56:02.509000");
  t.is(moment(null), null);
});
