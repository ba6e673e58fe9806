/** Tables that fit the terminal. */
import test from "ava";
import { displayWidth, wrapText } from "../../src/cli/output/display-width.js";
import { shortIds, spanText } from "../../src/cli/output/people.js";
import { printPairs, printTable, type TableColumn } from "../../src/cli/output/table.js";

function lines(text: string): string[] {
  return text.split("\n").slice(0, -1);
}

const COLUMNS: readonly TableColumn[] = [
  {
    heading: "ID",
    values: ["12345678-90", "12345678-91"],
    brief: { heading: "ID", values: ["12345678", "12345679"] },
  },
  { heading: "Name", values: ["a name of several words", "石石石石石石石石石石"] },
  { heading: "Size", values: [5, 12] },
];

test("a table that fits is shown in full", (t) => {
  t.deepEqual(lines(printTable(COLUMNS.slice(0, 1), 15)), [
    "+-------------+",
    "| ID          |",
    "+-------------+",
    "| 12345678-90 |",
    "| 12345678-91 |",
    "+-------------+",
  ]);
});

test("a table that is too wide uses brief forms, then several lines for long texts", (t) => {
  t.deepEqual(lines(printTable(COLUMNS, 32)), [
    "+----------+------------+------+",
    "| ID       | Name       | Size |",
    "+----------+------------+------+",
    "| 12345678 | a name of  |    5 |",
    "|          | several    |      |",
    "|          | words      |      |",
    "| 12345679 | 石石石石石 |   12 |",
    "|          | 石石石石石 |      |",
    "+----------+------------+------+",
  ]);
});

test("a table without room for its columns shows each row as a list of whole values", (t) => {
  t.deepEqual(lines(printTable(COLUMNS, 28)), [
    "+------+-------------------+",
    "| ID   | 12345678-90       |",
    "| Name | a name of several |",
    "|      | words             |",
    "| Size | 5                 |",
    "+------+-------------------+",
    "| ID   | 12345678-91       |",
    "| Name | 石石石石石石石石  |",
    "|      | 石石              |",
    "| Size | 12                |",
    "+------+-------------------+",
  ]);
});

test("no line of a table is wider than the terminal", (t) => {
  const long = "a/path/of/many/parts-and-words, some e\u0301 of them 広い and without-a-break".repeat(3);
  const wide = Array.from({ length: 5 }, (_, i) => ({
    heading: `Heading ${i}`,
    values: [long, "x".repeat(70)],
  }));
  for (let width = 40; width <= 200; width += 7) {
    for (const line of lines(printTable(wide, width)))
      t.true(displayWidth(line) <= width, `${width}: ${line}`);
    for (const line of lines(printPairs([[["name", long]]], width))) t.true(displayWidth(line) <= width);
  }
});

test("a table without rows is its headings, however narrow the terminal is", (t) => {
  const empty = COLUMNS.map(({ heading }) => ({ heading, values: [] }));
  t.is(lines(printTable(empty, 10)).length, 3);
});

test("the width of characters: letters with accents, wide scripts, their half forms, emoji and flags", (t) => {
  const widths: readonly (readonly [string, number])[] = [
    ["Größe", 5],
    ["e\u0301", 1],
    ["石", 2],
    ["ｶﾞ", 2],
    ["한국", 4],
    ["😀", 2],
    ["❤️", 2],
    ["🇩🇪", 2],
    ["👩‍👩‍👧", 2],
    ["\u200b", 0],
  ];
  for (const [text, width] of widths) t.is(displayWidth(text), width, text);
});

test("wrapped text loses nothing except spaces at ends of lines", (t) => {
  const text = "one two/three-four five_six 石石石 sevenandeightandnine";
  for (let width = 2; width < 60; width++) {
    const parts = wrapText(text, width);
    t.is(parts.join("").replaceAll(" ", ""), text.replaceAll(" ", ""));
    for (const part of parts) t.true(displayWidth(part) <= width, `${width}: ${part}`);
  }
});

test("short IDs tell the IDs of a column from each other", (t) => {
  t.deepEqual(shortIds(["aaaaaaaa-1", null, "bbbbbbbb-1", "aaaaaaaa-1"]), [
    "aaaaaaaa",
    null,
    "bbbbbbbb",
    "aaaaaaaa",
  ]);
  t.deepEqual(shortIds(["aaaaaaaa-1", "aaaaaaaa-2"]), ["aaaaaaaa-1", "aaaaaaaa-2"]);
});

test("spans of time", (t) => {
  t.deepEqual([5, 750, 11_100].map(spanText), ["5 s", "12 min 30 s", "3 h 5 min"]);
});
