/** Cases for names that a sink must accept, and names that it must refuse before anything happens. */

import { UsageError } from "../errors.js";
import type { ObjectSink } from "../sinks/sink.js";
import { getObject, listNames, patternBytes, putObject } from "./objects.js";
import type { SinkCases } from "./sink-cases.js";

const CONTAINER = "backups";

/** Names with each kind of character that paths, URLs, query strings and XML listings must escape. */
const GOOD_NAMES = [
  "volume_7d1a_20260101000000_backup_11f2-00001",
  "with space",
  " leading and trailing ",
  "per%cent%2Fencoded",
  "plus+and&ampersand",
  "question?mark#hash",
  "semi;colon:colon,comma",
  `quotes'"\`double`,
  "<xml>&amp;",
  "back\\slash",
  "star*[brackets]{braces}|pipe$dollar!~^@=()",
  "trailing.dot.",
  "two..dots",
  "-leading-dash",
  "ünï©ödé-日本語-Ω",
  "astral-🪨",
  // One letter composed and decomposed: a sink must not normalise one into the other.
  "caf\u00e9",
  "cafe\u0301",
];

const BAD_NAMES = [
  "",
  ".",
  "..",
  "../up",
  "a/../b",
  "/absolute",
  "nul\0",
  "line\nbreak",
  "tab\t",
  "del\x7f",
  "c1\x85",
];
const BAD_EVERYWHERE = [...BAD_NAMES, "a//b", "a/", "./a", "lone\ud800surrogate"];

export function nameCases({ test, makeSink, nestedContainers }: SinkCases): void {
  test("every legal character survives in an object's name", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const names =
      sink.naming === "flat" ? GOOD_NAMES : [...GOOD_NAMES, "volume_1/2026/az_nova_backup_2-00001"];
    for (const [i, object] of names.entries()) {
      await putObject(sink, { container: CONTAINER, name: object }, patternBytes(i + 1, i));
    }
    t.deepEqual(await listNames(sink, CONTAINER, ""), [...names].sort());
    for (const [i, object] of names.entries()) {
      t.is(await sink.size(CONTAINER, object), i + 1, object);
      t.deepEqual(
        await getObject(sink, { container: CONTAINER, name: object }),
        patternBytes(i + 1, i),
        object,
      );
      t.deepEqual((await listNames(sink, CONTAINER, object)).includes(object), true, object);
    }
    for (const object of names) {
      await sink.remove(CONTAINER, object);
      t.is(await sink.size(CONTAINER, object), undefined, object);
    }
    t.deepEqual(await listNames(sink, CONTAINER, ""), []);
  });

  test("bad object names are refused", async (t) => {
    const sink = await makeSink(t);
    await sink.createContainer(CONTAINER);
    const names = [...BAD_EVERYWHERE, "x".repeat(1025), "ü".repeat(513)];
    if (sink.naming === "flat") names.push("with/slash", ".hidden", "x".repeat(256), "ü".repeat(128));
    for (const bad of names) {
      const refusal = { instanceOf: UsageError, message: /^Cannot use object name .*: want / };
      await t.throwsAsync(sink.create(CONTAINER, bad), refusal, `create ${JSON.stringify(bad)}`);
      await t.throwsAsync(sink.open(CONTAINER, bad), refusal, `open ${JSON.stringify(bad)}`);
      await t.throwsAsync(sink.size(CONTAINER, bad), refusal, `size ${JSON.stringify(bad)}`);
      await t.throwsAsync(sink.remove(CONTAINER, bad), refusal, `remove ${JSON.stringify(bad)}`);
      await t.throwsAsync(sink.removeAll(CONTAINER, ["a", bad]), refusal, `removeAll ${JSON.stringify(bad)}`);
    }
  });

  test("bad container names are refused", async (t) => {
    const sink = await makeSink(t);
    const names = [...BAD_EVERYWHERE, "x".repeat(256), `a/${"x".repeat(256)}`];
    if (!nestedContainers) names.push("nested/container");
    for (const bad of names) {
      const refusal = { instanceOf: UsageError, message: /^Cannot use container name .*: want / };
      const what = JSON.stringify(bad);
      await t.throwsAsync(sink.createContainer(bad), refusal, `createContainer ${what}`);
      await t.throwsAsync(sink.create(bad, "x"), refusal, `create ${what}`);
      await t.throwsAsync(sink.open(bad, "x"), refusal, `open ${what}`);
      await t.throwsAsync(sink.size(bad, "x"), refusal, `size ${what}`);
      await t.throwsAsync(sink.remove(bad, "x"), refusal, `remove ${what}`);
      await t.throwsAsync(sink.removeAll(bad, ["x"]), refusal, `removeAll ${what}`);
      await t.throwsAsync(sink.removeUnfinished(bad, "x"), refusal, `removeUnfinished ${what}`);
      await t.throwsAsync(firstEntry(sink, bad), refusal, `list ${what}`);
    }
  });
}

async function firstEntry(sink: ObjectSink, container: string): Promise<void> {
  for await (const _ of sink.list(container, "")) return;
}
