/** Help through the shipped program, where the process's exit code is set while the parser works. */
import test from "ava";
import { Site } from "./site.js";

const VERBS: readonly (readonly [asked: string, path: string])[] = [
  ["help", "ashlar"],
  ["help volume", "ashlar volume"],
  ["help volume backup create", "ashlar volume backup create"],
  ["volume help", "ashlar volume"],
  ["volume help backup", "ashlar volume backup"],
  ["volume help backup create", "ashlar volume backup create"],
  ["volume backup help create", "ashlar volume backup create"],
  ["repository help check", "ashlar repository check"],
  ["operation help list", "ashlar operation list"],
  ["memory --help", "ashlar memory"],
  ["--quiet help memory", "ashlar memory"],
];

test("help is printed at every level, on standard output and with exit code 0", async (t) => {
  const site = await Site.open(t);
  for (const [asked, path] of VERBS) {
    const text = await site.data(t, asked.split(" "));
    t.true(text.startsWith(`Usage: ${path} `), `${asked}: ${text.slice(0, 60)}`);
  }
});

test("the help of a verb that there is not, and a group without a verb, are usage errors", async (t) => {
  const site = await Site.open(t);
  const unknown = await site.run(["help", "volume", "bakup"]);
  t.is(unknown.code, 2);
  t.regex(unknown.talk, /"bakup" of ashlar volume: want one of create, list, /);
  for (const group of [["volume"], ["volume", "backup"], []]) {
    const { code, data, talk } = await site.run(group);
    t.is(code, 2);
    t.is(data.toString(), "");
    t.regex(talk, /^Usage: ashlar/);
  }
});
