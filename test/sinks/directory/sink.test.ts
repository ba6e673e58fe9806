import test from "ava";
import { InvalidStateError, NotFoundError, StorageError, UsageError } from "../../../src/errors.js";
import { DirectorySink } from "../../../src/sinks/directory/sink.js";
import { getObject, listNames, patternBytes, putObject } from "../../../src/testing/objects.js";
import { sinkContract } from "../contract.js";
import { checkNewObjects } from "../new-objects.js";
import { FakeDirectory, type FakeFile, type FakeOptions } from "./fake-directory.js";

const PLACE = { container: "ab/cd/volume", name: "a-00001" };

function makeSink(options: FakeOptions = {}): { sink: DirectorySink; root: FakeDirectory } {
  const root = new FakeDirectory("", options);
  return { sink: new DirectorySink({ root: root.handle }), root };
}

sinkContract(test, "directory", async () => makeSink().sink, { manyCount: 1001 });

test("a directory sink is a posix repository", (t) => {
  const { sink } = makeSink();
  t.is(sink.service, "cinder.backup.drivers.posix.PosixBackupDriver");
  t.is(sink.naming, "flat");
  t.is(new DirectorySink({ root: new FakeDirectory().handle, service: "x.Y" }).service, "x.Y");
});

test("a failed rename leaves the object that was there, and what is unfinished is found", async (t) => {
  const options: FakeOptions = {};
  const { sink } = makeSink(options);
  await sink.createContainer(PLACE.container);
  await putObject(sink, PLACE, patternBytes(10, 1));
  options.fault = (call) =>
    call === "move" ? new DOMException("locked", "NoModificationAllowedError") : undefined;
  const writer = await sink.create(PLACE.container, PLACE.name);
  await writer.write(patternBytes(20, 2));
  const error = await t.throwsAsync(writer.close(), {
    instanceOf: StorageError,
    message: 'Cannot write object "a-00001": somebody else is writing there; try again when they are done',
  });
  t.is((error as StorageError).status, "temporary");
  t.deepEqual(await getObject(sink, PLACE), patternBytes(10, 1));
  t.deepEqual(await listNames(sink, PLACE.container, ""), [PLACE.name]);
  await sink.removeUnfinished(PLACE.container, "b-");
  await sink.removeUnfinished(PLACE.container, "a-");
  await sink.remove(PLACE.container, PLACE.name);
  await sink.removeContainer(PLACE.container);
  const left: string[] = [];
  for await (const container of sink.containers()) left.push(container);
  t.deepEqual(left, []);
});

test("an unfinished file whose writer is alive stays", async (t) => {
  const options: FakeOptions = {};
  const { sink } = makeSink(options);
  await sink.createContainer("box");
  const writer = await sink.create("box", "a-00001");
  await writer.write(patternBytes(10, 1));
  options.fault = (call) =>
    call === "removeEntry" ? new DOMException("locked", "NoModificationAllowedError") : undefined;
  await sink.removeUnfinished("box", "a-");
  await writer.close();
  t.is(await sink.size("box", "a-00001"), 10);
});

test("containers that hold something stay, and the root does", async (t) => {
  const { sink, root } = makeSink();
  await sink.createContainer("one/two");
  await sink.createContainer("one/three");
  await sink.removeContainer("one/two");
  t.deepEqual([...root.children.keys()], ["one"]);
  await sink.removeContainer("one/three");
  t.deepEqual([...root.children.keys()], []);
  await sink.removeContainer("one/three");
});

test("a refusal says what to do about it", async (t) => {
  for (const [name, wanted] of [
    ["NotAllowedError", /choose the directory again$/],
    ["QuotaExceededError", /free some$/],
    ["Odd", /: unheard of$/],
  ] as const) {
    const options: FakeOptions = {};
    const { sink } = makeSink(options);
    await sink.createContainer(PLACE.container);
    await putObject(sink, PLACE, patternBytes(10, 1));
    options.fault = (call) =>
      call === "getFile" || call === "entries" ? new DOMException("unheard of", name) : undefined;
    const refusal = { instanceOf: StorageError, message: wanted };
    await t.throwsAsync(sink.open(PLACE.container, PLACE.name), refusal);
    await t.throwsAsync(sink.size(PLACE.container, PLACE.name), refusal);
    await t.throwsAsync(listNames(sink, PLACE.container, ""), refusal);
    await t.throwsAsync(
      (async () => {
        for await (const _ of sink.containers()) return;
      })(),
      refusal,
    );
  }
});

test("an object that is cut while it is read is no shorter object", async (t) => {
  const { sink, root } = makeSink();
  await sink.createContainer("box");
  await putObject(sink, { container: "box", name: "a" }, patternBytes(100, 1));
  const file = (root.children.get("box") as FakeDirectory).children.get("a") as FakeFile;
  const cut = new File([patternBytes(50, 1) as Uint8Array<ArrayBuffer>], "a");
  file.getFile = async () => Object.defineProperty(cut, "size", { value: 100 });
  const reader = await sink.open("box", "a");
  await t.throwsAsync(reader.readInto(new Uint8Array(100)), {
    instanceOf: StorageError,
    message: /had 100 bytes when it was opened, and has fewer now$/,
  });
});

test("a directory in the place of an object is none, and a file in the place of a container neither", async (t) => {
  const { sink } = makeSink();
  await sink.createContainer("box/inner");
  await putObject(sink, { container: "box", name: "file" }, patternBytes(1, 1));
  t.is(await sink.size("box", "inner"), undefined);
  await t.throwsAsync(sink.open("box", "inner"), { instanceOf: NotFoundError });
  t.deepEqual(await listNames(sink, "box", ""), ["file"]);
  t.deepEqual(await listNames(sink, "box/file", ""), []);
  await t.throwsAsync(sink.createContainer("box/file"), {
    instanceOf: StorageError,
    message: /a file is where a directory should be/,
  });
});

test("a browser that cannot rename reads, and says that it cannot write", async (t) => {
  const { sink, root } = makeSink({ canMove: false });
  await sink.createContainer("box");
  await t.throwsAsync(sink.create("box", "a"), {
    instanceOf: InvalidStateError,
    message: 'Cannot create object "a": this browser cannot rename files in directories',
  });
  t.deepEqual([...(root.children.get("box") as FakeDirectory).children], []);
});

test.serial("a name that the browser does not take is refused", async (t) => {
  const { sink } = makeSink();
  await sink.createContainer("box");
  const getFileHandle = FakeDirectory.prototype.getFileHandle;
  t.teardown(() => {
    FakeDirectory.prototype.getFileHandle = getFileHandle;
  });
  FakeDirectory.prototype.getFileHandle = async () => {
    throw new TypeError("Name is not allowed.");
  };
  await t.throwsAsync(sink.create("box", "a"), { instanceOf: UsageError, message: /this browser accepts$/ });
  t.is(await sink.size("box", "a"), undefined);
});

test("a new object does not replace another", async (t) => {
  await checkNewObjects(t, makeSink().sink);
});
