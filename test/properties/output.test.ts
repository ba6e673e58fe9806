/**
 * What the formats for programs print is what their readers read, whatever a text is: nothing is taken for a number, a
 * date, a formula or the end of a line, and nothing is cut. Python's readers, those of the `openstack` client, read the
 * same documents where they are installed.
 */
import { spawnSync } from "node:child_process";
import test from "ava";
import fc from "fast-check";
import { parse } from "yaml";
import { type Field, type FieldValue, field } from "../../src/cli/output/field.js";
import { type OutputFormat, rowsPrinter } from "../../src/cli/output/printer.js";
import { textOf } from "../../src/cli/output/text.js";

interface Row {
  readonly name: string;
  readonly description: string | null;
  readonly size: number;
  readonly done: boolean;
  readonly metadata: Readonly<Record<string, string>>;
}

const FIELDS: readonly Field<Row>[] = [
  field("name", ({ name }) => name),
  field("description", ({ description }) => description),
  field("size", ({ size }) => size),
  field("done", ({ done }) => done),
  field("metadata", ({ metadata }) => metadata),
];

/** What readers of YAML 1.1 or 1.2, of CSV, or of numbers like to take for something else. */
const HARD: readonly string[] = [
  ..."yes|no|NO|on|y|~|null|true|.inf|-.Inf|.nan|=|<<|1_000|0o17|017|0x1F|1e3|+1|.5|12:30:45|2026-11-22".split(
    "|",
  ),
  ..." a|a |a\nb|a\r\nb|\n|a\u0085b|a\u2028b|\ufeffa|\ud800|\udc00a|\0|\x1b[31m|\x9b1m|\u202eabc|\t".split(
    "|",
  ),
  ...'=1+1|@SUM(A1)|+cmd|-2|"|a,b|a;b|\'a\'|"a","b|9007199254740993|18446744073709551615|#a|a: b|- a|{a}|[a]'.split(
    "|",
  ),
  "",
];

const text = fc.oneof(fc.constantFrom(...HARD), fc.string({ unit: "binary" }), fc.string());
// The merge key is one for readers of YAML 1.1, quoted or not; and plain objects have one name that is not theirs.
const key = text.filter((name) => name !== "<<" && name !== "__proto__");
const row: fc.Arbitrary<Row> = fc.record({
  name: text,
  description: fc.option(text),
  size: fc.maxSafeInteger(),
  done: fc.boolean(),
  metadata: fc.dictionary(key, text, { maxKeys: 3, noNullPrototype: true }),
});
const rows = fc.array(row, { maxLength: 3 });

async function print(format: OutputFormat, list: readonly Row[]): Promise<string> {
  const column = FIELDS.map(({ key: name }) => name);
  // The width is that of tables.
  return await rowsPrinter(FIELDS, [], { format, column })(list, 20);
}

/** Rows of cells, and which were quoted (RFC 4180). */
function readCsv(csv: string): { readonly cell: string; readonly isQuoted: boolean }[][] {
  return [...csv.matchAll(/((?:"(?:[^"]|"")*"|[^",\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\n]*))*)\n/g)].map(
    ([, line = ""]) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\n]*))/g)].map(([, quoted, plain = ""]) => ({
        cell: quoted?.replaceAll('""', '"') ?? plain,
        isQuoted: quoted !== undefined,
      })),
  );
}

const cellsOf = (list: readonly Row[]): FieldValue[][] =>
  list.map((record) => FIELDS.map(({ read }) => read(record)));

test("JSON, YAML 1.1, YAML 1.2 and CSV come back as they were", async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      t.deepEqual(JSON.parse(await print("json", list)), list);
      const yaml = await print("yaml", list);
      for (const version of ["1.1", "1.2"] as const) t.deepEqual(parse(yaml, { version }), list);
      const [head, ...body] = readCsv(await print("csv", list));
      t.deepEqual(
        head?.map(({ cell }) => cell),
        FIELDS.map(({ heading }) => heading),
      );
      t.deepEqual(
        body.map((cells) => cells.map(({ cell }) => cell)),
        cellsOf(list).map((cells) => cells.map((value) => (value === null ? "" : textOf(value)))),
      );
      // Only what is quoted is a text for Python's QUOTE_NONNUMERIC and for spreadsheets.
      for (const cells of body)
        t.deepEqual(
          cells.map(({ isQuoted }) => isQuoted),
          [true, true, false, false, true],
        );
    }),
    { numRuns: 200 },
  );
});

test("values are one row a line, and no format has a character that a terminal obeys", async (t) => {
  await fc.assert(
    fc.asyncProperty(rows, async (list) => {
      t.is((await print("value", list)).split("\n").length, list.length + 1);
      for (const format of ["json", "yaml", "value", "table"] as const)
        t.notRegex(await print(format, list), /[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/u);
    }),
    { numRuns: 100 },
  );
});

const PYTHON = `
import csv, io, json, sys
import yaml
def load(text):
    return json.loads(text.encode('utf-8', 'surrogatepass').decode('utf-8', 'surrogatepass'))
for line in sys.stdin:
    d = load(line)
    assert json.loads(d['json']) == d['rows'], ('json', d)
    assert yaml.safe_load(d['yaml']) == d['rows'], ('yaml', d)
    read = list(csv.reader(io.StringIO(d['csv'], newline='')))[1:]
    assert read == d['cells'], ('csv', read, d['cells'])
print('read')
`;

test("Python's readers read the same", async (t) => {
  const probe = spawnSync("/usr/bin/python3", ["-c", "import yaml"]);
  if (probe.status !== 0) {
    t.log("skipped: python3-yaml is not installed");
    t.pass();
    return;
  }
  const samples = [HARD.map((name) => ({ ...BLANK, name, metadata: { a: name } })), ...fc.sample(rows, 100)];
  const lines = samples.map(async (list) =>
    JSON.stringify({
      rows: list,
      json: await print("json", list),
      yaml: await print("yaml", list),
      csv: await print("csv", list),
      cells: cellsOf(list).map((cells) => cells.map((value) => (value === null ? "" : textOf(value)))),
    }),
  );
  const input = `${(await Promise.all(lines)).join("\n")}\n`;
  const { stdout, stderr } = spawnSync("/usr/bin/python3", ["-c", PYTHON], { input, encoding: "utf8" });
  t.is(stdout, "read\n", stderr.slice(-2000));
});

const BLANK: Row = { name: "", description: null, size: 0, done: false, metadata: {} };
