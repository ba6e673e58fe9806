import { execFileSync } from "node:child_process";
import test from "ava";
import fc from "fast-check";
import { UsageError } from "../../src/errors.js";
import { type DumpOptions, dumps, type JsonValue } from "../../src/format/python-json.js";

/** One Python prints all cases of a run: starting it costs more than the printing. */
const PRINT_ALL = `
import json, sys
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(json.dumps(case["value"], **case["options"])))
`;

interface Case {
  readonly value: JsonValue;
  readonly options: { readonly sort_keys?: boolean; readonly indent?: number };
}

function printedByPython(cases: readonly Case[]): string[] {
  const input = cases.map((item) => `${JSON.stringify(item)}\n`).join("");
  const output = execFileSync("/usr/bin/python3", ["-c", PRINT_ALL], { input, maxBuffer: 1 << 28 });
  return output
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as string);
}

/** Single UTF-16 units from the edges of every class that the escaping tells apart, lone surrogates among them. */
const edgeText = fc.string({
  unit: fc.constantFrom(
    ...'\0\b\t\n\f\r\x1b !"/\\az~\x7f\x80é\u2028\ud7ff\ud800\udbff\udc00\udfff\ue000\uffff😀',
  ),
  maxLength: 8,
});
const text = fc.oneof(edgeText, fc.string({ unit: "binary" }));
/** Not array indices, which JavaScript moves to the front of an object. */
const key = text.filter((name) => !/^\d+$/.test(name));

const { value: jsonValue } = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.maxSafeInteger(),
    fc.integer({ min: -10, max: 10 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
  ),
}));

const OPTIONS: readonly DumpOptions[] = [
  {},
  { sortKeys: true },
  { indent: 2 },
  { sortKeys: true, indent: 2 },
  { indent: 0 },
];

test("prints random values as Python does, in every layout", (t) => {
  const values = fc.sample(jsonValue, 1500);
  const cases = values.flatMap((value) => OPTIONS.map((options) => ({ value, options })));
  const expected = printedByPython(
    cases.map(({ value, options: { sortKeys, indent } }) => ({
      value,
      options: { ...(sortKeys && { sort_keys: true }), ...(indent !== undefined && { indent }) },
    })),
  );
  t.is(expected.length, cases.length);
  for (const [i, { value, options }] of cases.entries()) {
    t.true(dumps(value, options) === expected[i], `${JSON.stringify(value)} as ${JSON.stringify(options)}`);
  }
});

test("prints every UTF-16 unit as Python does", (t) => {
  const all = Array.from({ length: 0x10000 }, (_, unit) => String.fromCharCode(unit));
  const expected = printedByPython([{ value: all, options: {} }])[0]!;
  t.true(dumps(all) === expected);
});

test("keeps the order of keys unless told to sort", (t) => {
  t.is(dumps({ b: 1, a: [] }), '{"b": 1, "a": []}');
  t.is(dumps({ b: 1, a: {} }, { sortKeys: true }), '{"a": {}, "b": 1}');
});

test("sorts a key above U+FFFF after U+FFFF, and after the lone half of it", (t) => {
  t.is(
    dumps({ "😀": 1, "\uffff": 2, "\ud83d\ue000": 3 }, { sortKeys: true }),
    '{"\\ud83d\\ue000": 3, "\\uffff": 2, "\\ud83d\\ude00": 1}',
  );
});

test("a key named __proto__ is a key like others", (t) => {
  t.is(dumps(JSON.parse('{"__proto__": {"x": 1}}')), '{"__proto__": {"x": 1}}');
});

test("lays a manifest out as the reference system does", (t) => {
  const manifest = { version: "1.0.0", objects: [{ "p-00001": { offset: 0, md5: "d4" } }], parent_id: null };
  t.is(
    dumps(manifest, { sortKeys: true, indent: 2 }),
    `{
  "objects": [
    {
      "p-00001": {
        "md5": "d4",
        "offset": 0
      }
    }
  ],
  "parent_id": null,
  "version": "1.0.0"
}`,
  );
});

for (const number of [0.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY]) {
  test(`refuses the number ${number}`, (t) => {
    const error = t.throws(() => dumps({ size: number }), { instanceOf: UsageError });
    t.true(error?.message.includes(`"${number}"`));
  });
}

test("minus zero is the integer zero", (t) => {
  t.is(dumps(-0), "0");
});
