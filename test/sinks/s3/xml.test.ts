import test from "ava";
import { childrenOf, escapeXml, parseXml, textOf } from "../../../src/sinks/s3/xml.js";

test("elements, character data, entities and CDATA are read", (t) => {
  const root = parseXml(
    `<?xml version="1.0"?>\n<!-- a < b --><r:List xmlns:r="http://x/?a=1&amp;b" empty=''><Key>a&lt;b&amp;c&#x1F4BE;&#252;&quot;&apos;&gt;</Key><Key><![CDATA[<x>&amp;]]></Key><None/><r:Size >12</r:Size></r:List>\n`,
  );
  t.is(root.name, "List");
  t.deepEqual(
    childrenOf(root, "Key").map(({ text }) => text),
    [`a<b&c\u{1F4BE}ü"'>`, "<x>&amp;"],
  );
  t.is(textOf(root, "Size"), "12");
  t.is(textOf(root, "None"), "");
  t.is(textOf(root, "Missing"), undefined);
});

test("what is not well-formed is refused, and entities cannot be declared", (t) => {
  const wrong = [
    "",
    "text",
    "<a>",
    "<a></b>",
    "</a>",
    "<a/><b/>",
    "<a>&unknown;</a>",
    "<a>&amp</a>",
    "<a>&#x110000;</a>",
    "<a b></a>",
    "<a b='<'></a>",
    "<a",
    "<a>< b></a>",
    '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "<a/>rest",
  ];
  for (const text of wrong) t.throws(() => parseXml(text), { instanceOf: SyntaxError }, text);
});

test("a long document of open angles ends in time", (t) => {
  const started = performance.now();
  t.throws(() => parseXml(`<a ${"b='c' ".repeat(20_000)}`), { instanceOf: SyntaxError });
  t.true(performance.now() - started < 2000);
});

test("what is escaped is read as it was", (t) => {
  for (const text of [`"e<&>]]>'`, "&amp;", ""]) t.is(parseXml(`<a>${escapeXml(text)}</a>`).text, text);
});
