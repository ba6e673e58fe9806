/** Cases for the locks of a sink's objects. */

import { LockedError, NotFoundError } from "../errors.js";
import type { LockMode } from "../sinks/lock.js";
import { getObject, listNames, patternBytes, putObject } from "./objects.js";
import { containerName, type SinkCases } from "./sink-cases.js";

/** Long enough for the calls of a case, on a store whose time is the world's. */
const LOCK_MS = 6000;

export function lockCases(cases: SinkCases): void {
  const { test, makeSink, locks } = cases;
  const container = containerName(cases, "ab/cd/locked");
  const skip = locks === undefined ? "its objects cannot be locked" : undefined;
  const object = { container, name: "a-00001" };
  const inMs = (ms: number, mode: LockMode = "governance") => ({
    retention: { mode, until: new Date(locks!.clock.now().getTime() + ms) },
  });

  test(
    "a locked object is not removed before its time, alone or with others, and then it is",
    async (t) => {
      const sink = await makeSink(t);
      await sink.createContainer(container);
      t.is(await sink.canLock(container), true);
      for (const name of ["a-00001", "a-00002"])
        await putObject(sink, { container, name }, patternBytes(100, 1));
      t.is(await sink.lockOf(container, object.name), undefined);
      await t.throwsAsync(sink.lock(container, "none", inMs(LOCK_MS)), { instanceOf: NotFoundError });
      const lock = inMs(LOCK_MS);
      await sink.lock(container, object.name, lock);
      await t.throwsAsync(sink.remove(container, object.name), { instanceOf: LockedError });
      await t.throwsAsync(sink.removeAll(container, ["a-00002", "a-00001"]), { instanceOf: LockedError });
      t.deepEqual(await getObject(sink, object), patternBytes(100, 1));
      const found = await sink.lockOf(container, object.name);
      t.is(found?.retention?.mode, "governance");
      t.true(Math.abs(found!.retention!.until.getTime() - lock.retention.until.getTime()) <= 1000);
      t.is(found?.isHeld, false);
      await locks!.pass(LOCK_MS + 1500);
      await sink.removeAll(container, ["a-00002", "a-00001"]);
      t.deepEqual(await listNames(sink, container, ""), []);
      await sink.remove(container, object.name);
    },
    { skip },
  );

  test(
    "a lock becomes longer and stronger, and neither shorter nor weaker",
    async (t) => {
      const sink = await makeSink(t);
      await sink.createContainer(container);
      await putObject(sink, object, patternBytes(100, 1));
      await sink.lock(container, object.name, inMs(3000, "compliance"));
      await sink.lock(container, object.name, inMs(LOCK_MS, "compliance"));
      await sink.lock(container, object.name, inMs(3000, "compliance"));
      const weaker = inMs(LOCK_MS + 1000);
      await sink.lock(container, object.name, weaker);
      const found = await sink.lockOf(container, object.name);
      t.is(found?.retention?.mode, "compliance");
      t.true(found!.retention!.until.getTime() >= weaker.retention.until.getTime() - 1000);
      await t.throwsAsync(sink.remove(container, object.name), { instanceOf: LockedError });
      await locks!.pass(LOCK_MS + 2500);
      await sink.remove(container, object.name);
    },
    { skip },
  );

  test(
    "a held object stays until its hold is released",
    async (t) => {
      const sink = await makeSink(t);
      await sink.createContainer(container);
      await putObject(sink, object, patternBytes(100, 1));
      await sink.lock(container, object.name, { isHeld: true });
      t.is((await sink.lockOf(container, object.name))?.isHeld, true);
      const error = await t.throwsAsync(sink.remove(container, object.name), { instanceOf: LockedError });
      t.is((error as LockedError).until, undefined);
      await sink.lock(container, object.name, { isHeld: false });
      await sink.remove(container, object.name);
      t.deepEqual(await listNames(sink, container, ""), []);
    },
    { skip },
  );
}
