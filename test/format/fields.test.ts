import { execFileSync } from "node:child_process";
import test from "ava";
import fc from "fast-check";
import { formatCreatedAt, parseCreatedAt } from "../../src/format/fields.js";

test("a time is printed as Python prints a datetime in UTC", (t) => {
  const dates = [
    0,
    999,
    1000,
    1_000_000_000_001,
    Date.UTC(2026, 10, 22, 18, 56, 25, 107),
    Date.UTC(2099, 11, 31),
  ];
  const script =
    "import sys, datetime as d\nfor a in sys.argv[1:]: print(d.datetime.fromtimestamp(int(a)//1000, d.timezone.utc).replace(microsecond=int(a)%1000*1000))";
  const expected = execFileSync("/usr/bin/python3", ["-c", script, ...dates.map(String)], {
    encoding: "utf8",
  });
  t.deepEqual(
    dates.map((date) => formatCreatedAt(new Date(date))),
    expected.trimEnd().split("\n"),
  );
  t.is(
    formatCreatedAt(new Date(Date.UTC(2026, 10, 22, 18, 56, 25, 107))),
    "2026-11-22 18:56:25.107000+00:00",
  );
});

test("reads what it prints", (t) => {
  fc.assert(
    fc.property(
      fc.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true }),
      (date) => {
        t.is(parseCreatedAt(formatCreatedAt(date))?.getTime(), date.getTime());
      },
    ),
  );
});

test("reads what Python prints: microseconds, other offsets, none", (t) => {
  const at = Date.UTC(2026, 10, 22, 18, 56, 25);
  for (const [text, time] of [
    ["2026-11-22 18:56:25+00:00", at],
    ["2026-11-22 18:56:25.107061+00:00", at + 107],
    ["2026-11-22 20:56:25+02:00", at],
    ["2026-11-22 13:26:25-05:30", at],
    ["2026-11-22 18:56:25", at],
    ["2026-11-22T18:56:25Z", at],
    ["2026-11-22 18:56:25.5", at + 500],
  ] as const) {
    t.is(parseCreatedAt(text)?.getTime(), time, text);
  }
});

test("text of another form is no time", (t) => {
  for (const text of [
    "",
    "yesterday",
    "2026-11-22",
    "2026-13-22 18:56:25+00:00",
    "2026-11-22 25:56:25+00:00",
    "2026-11-22 18:56:25 UTC",
    "2026-11-22 18:56:25.1234567+00:00",
    " 2026-11-22 18:56:25+00:00",
  ]) {
    t.is(parseCreatedAt(text), undefined, text);
  }
});
