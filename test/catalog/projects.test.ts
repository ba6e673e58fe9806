import test from "ava";
import { createCatalog, DRIVERS, newVolume } from "./fixture.js";

test("lists are paged, counted and filtered by text and date", async (t) => {
  const { catalog, clock } = await createCatalog(t, DRIVERS[0]!);
  for (const name of ["a_1", "A%2", "b"]) {
    clock.advance(1000);
    await catalog.volumes.insert(newVolume(name, { name, createdAt: clock.now() }));
  }
  const names = async (page: Parameters<typeof catalog.volumes.list>[1]): Promise<(string | null)[]> =>
    (await catalog.volumes.list({}, page)).map(({ name }) => name);
  t.deepEqual(await names({ offset: 1 }), ["A%2", "a_1"]);
  t.deepEqual(await names({ marker: "b", offset: 1, limit: 1 }), ["a_1"]);
  t.deepEqual(await names({ sort: [{ field: "name", descending: false }], offset: 1, limit: 1 }), ["a_1"]);
  t.deepEqual(await names({ like: { name: "a" } }), ["A%2", "a_1"]);
  t.deepEqual(await names({ like: { name: "%" } }), ["A%2"]);
  t.deepEqual(await names({ like: { name: "_" } }), ["a_1"]);
  const { createdAt } = (await catalog.volumes.byId("A%2"))!;
  t.deepEqual(await names({ dates: [{ field: "createdAt", operator: ">", date: createdAt }] }), ["b"]);
  t.is(await catalog.volumes.count({}, { like: { name: "a" }, limit: 1, offset: 1 }), 2);
});

test("a quota of a project comes before the default, and can be taken back", async (t) => {
  const { catalog } = await createCatalog(t, DRIVERS[0]!);
  await catalog.quotas.setDefaults({ backups: 5 });
  await catalog.quotas.setOfProject("p", { backups: 7, volumes: -1 });
  await catalog.quotas.setOfProject("p", { backups: 8 });
  t.deepEqual(await catalog.quotas.ofProject("p"), { backups: 8, volumes: -1 });
  t.deepEqual(await catalog.quotas.defaults(), { backups: 5 });
  await catalog.quotas.removeOfProject("p");
  t.deepEqual(await catalog.quotas.ofProject("p"), { backups: 5 });
});

test("messages are a project's, the newest first, and expire", async (t) => {
  const { catalog, clock } = await createCatalog(t, DRIVERS[0]!);
  const add = async (projectId: string, text: string): Promise<void> => {
    clock.advance(1000);
    const of = { projectId, text, requestId: "req-1", resourceType: "VOLUME_BACKUP", resourceId: "b" };
    await catalog.messages.add({ ...of, actionId: "013", detailId: "001" });
  };
  await add("p", "one");
  await add("q", "two");
  await add("p", "three");
  const texts = async (project?: string): Promise<string[]> =>
    (await catalog.messages.list(project)).map(({ text }) => text);
  t.deepEqual(await texts("p"), ["three", "one"]);
  t.deepEqual(await texts(), ["three", "two", "one"]);
  clock.advance(31 * 24 * 3600 * 1000);
  await add("p", "four");
  t.deepEqual(await texts(), ["four"]);
});
