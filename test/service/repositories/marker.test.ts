/** The marker of a repository when many processes put it at once. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import {
  markerContainer,
  putMarker,
  readMarker,
  replaceMarker,
} from "../../../src/service/repositories/marker.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { PosixSink } from "../../../src/sinks/posix/sink.js";

test("of many that put a marker at once one succeeds, and all get its identity", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "ashlar-marker-"));
  t.teardown(() => rm(root, { recursive: true }));
  const posix = (): PosixSink => new PosixSink({ fileSystem: nodeFileSystem, root });
  const memory = new MemorySink();
  await memory.createContainer("box");
  for (const open of [posix, () => memory]) {
    const put = async (): Promise<string> => {
      const sink = open();
      return await putMarker(sink, markerContainer(sink, "box"), crypto.randomUUID());
    };
    const identities = await Promise.all(Array.from({ length: 12 }, put));
    t.is(new Set(identities).size, 1);
    t.is(await readMarker(open(), markerContainer(open(), "box")), identities[0]);
  }
});

test("a file that a dead process left unfinished does not prevent the marker, and another takes its place", async (t) => {
  const root = await mkdtemp(join(tmpdir(), "ashlar-marker-"));
  t.teardown(() => rm(root, { recursive: true }));
  const sink = new PosixSink({ fileSystem: nodeFileSystem, root });
  const container = markerContainer(sink, "box");
  await sink.createContainer(container);
  const abandoned = await sink.create(container, "identity");
  await abandoned.write(new Uint8Array(5));
  const [first, second] = [crypto.randomUUID(), crypto.randomUUID()];
  t.is(await putMarker(sink, container, first), first);
  t.is(await putMarker(sink, container, second), first);
  await replaceMarker(sink, container, second);
  t.is(await readMarker(sink, container), second);
  await writeFile(join(root, container, "identity"), "{}");
  t.is(await readMarker(sink, container), undefined);
});
