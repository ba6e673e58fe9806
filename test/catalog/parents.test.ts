import test from "ava";
import { createCatalog, DRIVERS, idsOf, newBackup, REPOSITORY } from "./fixture.js";

for (const driver of DRIVERS) {
  test(`${driver}: knows the live dependents of a backup`, async (t) => {
    const { catalog, clock } = await createCatalog(t, driver);
    const { backups } = catalog;
    await backups.insert(newBackup("full"));
    await backups.insert(newBackup("deleted", { parentId: "full", status: "deleted" }));
    t.false(await backups.hasDependents("full"));
    await backups.insert(newBackup("first", { parentId: "full" }));
    clock.advance(1);
    await backups.insert(newBackup("failed", { parentId: "full", status: "error" }));
    await backups.insert(newBackup("second", { parentId: "first" }));
    await backups.insert(newBackup("dangling", { parentId: "elsewhere" }));
    t.deepEqual(idsOf(await backups.dependentsOf("full")), ["failed", "first"]);
    t.true(await backups.hasDependents("full"));
    t.deepEqual([...(await backups.withDependents(["full", "first", "second"]))].sort(), ["first", "full"]);
    t.deepEqual([...(await backups.parentsInChainsOf(["second", "dangling"]))].sort(), [
      ["dangling", "elsewhere"],
      ["first", "full"],
      ["full", null],
      ["second", "first"],
    ]);
    await backups.update("full", { parentId: "second" });
    t.is((await backups.parentsInChainsOf(["first"])).size, 3, "ends in a circle");
  });

  test(`${driver}: the parent of an incremental is the available backup with the latest data`, async (t) => {
    const { catalog, clock } = await createCatalog(t, driver);
    const { backups } = catalog;
    const hoursAgo = (hours: number): Date => new Date(clock.now().getTime() - hours * 3_600_000);
    t.is(await backups.latestAvailable("volume-1", REPOSITORY), undefined);
    await backups.insert(newBackup("older-data", { dataTimestamp: hoursAgo(3), projectId: "p" }));
    await backups.insert(newBackup("newer-data", { dataTimestamp: hoursAgo(2), createdAt: hoursAgo(1) }));
    await backups.insert(newBackup("same-data", { dataTimestamp: hoursAgo(2), createdAt: hoursAgo(2) }));
    await backups.insert(newBackup("undated", { createdAt: hoursAgo(9) }));
    await backups.insert(newBackup("failed", { dataTimestamp: hoursAgo(0), status: "error" }));
    await backups.insert(newBackup("other-volume", { dataTimestamp: hoursAgo(0), volumeId: "volume-2" }));
    await backups.insert(newBackup("elsewhere", { dataTimestamp: hoursAgo(0), repository: "file:///other" }));
    t.is((await backups.latestAvailable("volume-1", REPOSITORY))?.id, "newer-data");
    t.is((await backups.latestAvailable("volume-1", REPOSITORY, { projectId: "p" }))?.id, "older-data");
    t.is((await backups.latestAvailable("volume-1", REPOSITORY, { before: hoursAgo(2) }))?.id, "older-data");
    t.is((await backups.latestAvailable("volume-1", REPOSITORY, { before: hoursAgo(3) }))?.id, "undated");
    t.is(await backups.latestAvailable("volume-1", REPOSITORY, { before: hoursAgo(9) }), undefined);
  });
}
