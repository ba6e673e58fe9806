import test from "ava";
import { localTime, sizeText } from "../../src/cli/output/people.js";

test("moments are local, and say by how much they differ from UTC", (t) => {
  const date = new Date("2026-11-22T23:56:02.509Z");
  t.is(localTime(date, 0), "2026-11-22 23:56:02Z");
  t.is(localTime(date, 60), "2026-11-23 00:56:02+01:00");
  t.is(localTime(date, -210), "2026-11-22 20:26:02-03:30");
});

test("sizes have the unit that leaves a short number", (t) => {
  const sizes: [bytes: number, text: string][] = [
    [0, "0 B"],
    [1023, "1023 B"],
    [1024, "1 KiB"],
    [1_048_575, "1 MiB"],
    [1_610_612_736, "1.5 GiB"],
    [2 ** 52, "4 PiB"],
  ];
  for (const [bytes, text] of sizes) t.is(sizeText(bytes), text);
});
