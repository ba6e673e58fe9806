/** The directory sink on the private file system of a page's origin, where there is one: only browsers have it. */
import { UsageError } from "../../src/errors.js";
import { DirectorySink } from "../../src/sinks/directory/sink.js";
import { listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { sinkContract } from "../../src/testing/sink-contract.js";
import { type PortableTest, runCases } from "./assertions.js";

/** Each object is a few calls to another process. */
const MANY_COUNT = 300;
let nextDirectory = 0;

export function privateStorageTests(test: PortableTest): void {
  if (typeof globalThis.navigator?.storage?.getDirectory !== "function") return;
  const makeSink = async (): Promise<DirectorySink> => {
    const storage = await navigator.storage.getDirectory();
    const name = `contract-${nextDirectory++}`;
    return new DirectorySink({ root: await storage.getDirectoryHandle(name, { create: true }) });
  };
  const cases = sinkContract(makeSink, { manyCount: MANY_COUNT });
  const takesAllNames = cases.filter(
    ({ title }) => title === "every legal character survives in an object's name",
  );
  const others = cases.filter((each) => !takesAllNames.includes(each));
  runCases(test, "directory in private storage", others);
  test("a name that the private storage does not take is refused, and those of the format are taken", async (t) => {
    t.is(takesAllNames.length, 1);
    const sink = await makeSink();
    await sink.createContainer("box");
    await t.throwsAsync(sink.create("box", "back\\slash"), { instanceOf: UsageError });
    const names = [
      "volume_7d1a_20260101000000_backup_11f2-00001",
      "with space",
      "per%cent",
      "plus+&",
      "ünï-日本語",
      "x.y",
    ];
    for (const name of names) await putObject(sink, { container: "box", name }, patternBytes(10, 1));
    t.deepEqual(await listNames(sink, "box", ""), names.sort());
  });
}
