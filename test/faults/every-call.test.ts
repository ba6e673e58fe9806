/** A few of the calls of two operations fail; `test/slow/every-call.test.ts` has more of all. */
import test from "ava";
import { nodeFileSystem } from "../../src/node/files/file-system.js";
import { start } from "../service/fixture.js";
import { everyCallTests } from "./every-call.js";
import { FaultyFileSystem } from "./faulty-file-system.js";

everyCallTests(test, { stride: 61, titles: ["a deletion", "a copy"] });

test("the manifest is completed last, after all other objects are durable, and is removed first", async (t) => {
  const { world, service } = await start(t);
  const files = new FaultyFileSystem(nodeFileSystem);
  const { backup } = await world.backup(await world.open({ fileSystem: files }), { volume: "disk" });
  const manifest = `${backup.serviceMetadata}_metadata`;
  const changes = files.calls.filter(
    ({ operation }) => operation === "rename" || operation === "syncDirectory",
  );
  const stored = changes.findLastIndex(({ path }) => path.includes(backup.serviceMetadata!));
  t.true(changes[stored]!.path.includes(manifest), changes[stored]!.path);
  const others = changes.slice(0, stored).filter(({ path }) => path.includes(`${backup.serviceMetadata}`));
  t.true(others.length >= 4 && others.every(({ path }) => !path.includes(manifest)));
  t.is(changes[stored - 1]!.operation, "syncDirectory");
  t.is(changes[stored + 1]!.operation, "syncDirectory");

  const deleting = new FaultyFileSystem(nodeFileSystem);
  await (await world.open({ fileSystem: deleting })).deleteBackup(backup.id);
  const removed = deleting.calls.filter(
    ({ operation, path }) => operation === "remove" && path.includes(backup.id),
  );
  t.true(removed[0]!.path.endsWith(manifest), removed[0]!.path);
  t.true(removed.length >= 5);
  t.deepEqual(await service.listBackups(), []);
});
