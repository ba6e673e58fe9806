import test from "ava";
import { parse } from "yaml";
import { printYamlList, printYamlRecord } from "../../src/cli/output/yaml.js";

/** What YAML 1.1, or a reader of it, takes for something else than a text, or stumbles over. */
const TEXTS: readonly string[] = [
  ..."no|on|Yes|y|N|OFF|true|~|null|Null||.nan|.inf|-.Inf".split("|"),
  ..."12:30:45|190:20:30|1_000|0001|0o14|0x1F|0b11|1e3|1.5e+3|-1|+1|.5|1.".split("|"),
  ..."2026-11-22|2026-11-22T11:56:02.509000|2026-11-22 11:56:02".split("|"),
  ..."<<|=|#x|a #b|a: b|- a|? a|: a|&a|*a|!a|%a|@a|`a|[a]|{a: b}|---|...| a |'a'|\"a\"|\\".split("|"),
  "Größe 大きさ 👍",
  "a\u0085b\u2028c\u007fd\u009b1me\u202ef\ufeffg\uffff\u0000\u001b[31m\t\r\n h",
];

test("texts, as values and as keys of metadata, come back from readers of YAML 1.1 and of 1.2", (t) => {
  const records = TEXTS.map((text, index) => ({
    name: text,
    size: index,
    is_incremental: index % 2 === 0,
    parent_id: null,
    // The merge key is of readers of 1.1 whether it is quoted or not.
    metadata: text === "<<" ? {} : { [text]: text, other: text },
  }));
  const list = printYamlList(records);
  for (const options of [{ version: "1.1" }, { version: "1.2" }] as const) {
    t.deepEqual(parse(list, options), records);
    for (const record of records) t.deepEqual(parse(printYamlRecord(record), options), record);
    t.deepEqual(parse(printYamlList([]), options), []);
  }
});

test("no character of a text moves a terminal's cursor, or turns its direction", (t) => {
  const text = printYamlRecord({ name: TEXTS.at(-1)! });
  t.regex(text, /^name: "[\p{L}\p{N}\p{P}\p{S} ]+"\n$/u);
});
