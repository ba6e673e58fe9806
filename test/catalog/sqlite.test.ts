import { execFile } from "node:child_process";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import test from "ava";
import { StorageError, UsageError } from "../../src/errors.js";
import { openSqlite } from "../../src/node/sqlite/open.js";
import { openDatabase, SQLITE_DRIVERS, temporaryPath } from "./fixture.js";

test("the built-in driver is there from Node 22.13 on", (t) => {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  t.is(SQLITE_DRIVERS.includes("builtin"), major > 22 || (major === 22 && minor >= 13));
});

for (const driver of SQLITE_DRIVERS) {
  test(`${driver}: is set to survive a power cut and to share`, async (t) => {
    const database = await openDatabase(t, driver);
    t.is((await database.all("PRAGMA journal_mode"))[0]?.journal_mode, "wal");
    t.is((await database.all("PRAGMA synchronous"))[0]?.synchronous, 2);
    t.is((await database.all("PRAGMA foreign_keys"))[0]?.foreign_keys, 1);
  });

  test(`${driver}: stores text, integers to 2^53−1 and null without loss`, async (t) => {
    const database = await openDatabase(t, driver);
    await database.run("CREATE TABLE v (t TEXT, i INTEGER, n TEXT) STRICT");
    const texts = ["", "é😀\u2028\x7f", "0123456789".repeat(1000)];
    const integers = [0, -1, 2 ** 31, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER];
    for (const text of texts) await database.run("INSERT INTO v VALUES (?, 0, NULL)", [text]);
    for (const i of integers) t.is(await database.run("INSERT INTO v VALUES ('i', ?, ?)", [i, null]), 1);
    const rows = await database.all("SELECT t, i, n, typeof(i) AS kind FROM v ORDER BY rowid");
    t.true(rows.every((row) => row.kind === "integer" && row.n === null));
    t.deepEqual(
      rows.slice(0, texts.length).map((row) => row.t),
      texts,
    );
    t.deepEqual(
      rows.slice(texts.length).map((row) => row.i),
      integers,
    );
    t.is(await database.run("UPDATE v SET n = 'x' WHERE t = 'i'"), integers.length);
    t.is(await database.run("DELETE FROM v WHERE t = 'no such'"), 0);
  });

  for (const value of ["a\0b", 1n, undefined, 0.5, 2 ** 53, Number.NaN, true, new Uint8Array(1)]) {
    test(`${driver}: refuses to bind ${typeof value} ${JSON.stringify(String(value))}`, async (t) => {
      const database = await openDatabase(t, driver);
      const parameters = ["ok", value] as string[];
      const expectation = { instanceOf: UsageError, message: /parameter 2/ };
      await t.throwsAsync(database.all("SELECT ?, ?", parameters), expectation);
      await t.throwsAsync(database.run("SELECT ?, ?", parameters), expectation);
      await t.throwsAsync(
        database.transaction((session) => session.all("SELECT ?, ?", parameters)),
        expectation,
      );
    });
  }

  test(`${driver}: statements that are kept survive failures, changes of their table, and many others`, async (t) => {
    const database = await openDatabase(t, driver);
    await database.run("CREATE TABLE k (i INTEGER PRIMARY KEY) STRICT");
    const add = (i: number): Promise<number> => database.run("INSERT INTO k (i) VALUES (?)", [i]);
    await add(1);
    await t.throwsAsync(add(1), { instanceOf: StorageError });
    t.is(await add(2), 1);
    const all = "SELECT * FROM k ORDER BY i";
    t.like(await database.all(all), [{ i: 1 }, { i: 2 }]);
    await database.run("ALTER TABLE k ADD COLUMN t TEXT");
    for (let i = 0; i < 300; i++) await database.all(`SELECT ${i} FROM k`);
    t.like(await database.all(all), [
      { i: 1, t: null },
      { i: 2, t: null },
    ]);
    await database.run("DROP TABLE k");
    await t.throwsAsync(database.all(all), { instanceOf: StorageError });
  });

  test(`${driver}: transactions of concurrent tasks do not mix`, async (t) => {
    const database = await openDatabase(t, driver);
    await database.run("CREATE TABLE n (task INTEGER, step INTEGER) STRICT");
    const tasks = Array.from({ length: 20 }, (_, task) =>
      database.transaction(async (session) => {
        await session.run("INSERT INTO n VALUES (?, 0)", [task]);
        await sleep(Math.random() * 3);
        await session.run("INSERT INTO n VALUES (?, 1)", [task]);
        if (task % 3 === 0) throw new Error(`task ${task} gives up`);
        return task;
      }),
    );
    const outside = database.run("INSERT INTO n VALUES (-1, 0)");
    const results = await Promise.allSettled(tasks);
    await outside;
    t.deepEqual(
      results.map(({ status }) => status),
      results.map((_, task) => (task % 3 === 0 ? "rejected" : "fulfilled")),
    );
    const rows = await database.all("SELECT task, COUNT(*) AS steps FROM n GROUP BY task ORDER BY task");
    t.deepEqual(
      rows.map(({ task, steps }) => [task, steps]),
      [[-1, 1], ...results.flatMap((_, task) => (task % 3 === 0 ? [] : [[task, 2]]))],
    );
  });

  test(`${driver}: a transaction that rejects leaves nothing, and its error is the work's own`, async (t) => {
    const database = await openDatabase(t, driver);
    await database.run("CREATE TABLE n (i INTEGER PRIMARY KEY) STRICT");
    const failure = new Error("changed its mind");
    const rejected = database.transaction(async (session) => {
      await session.run("INSERT INTO n VALUES (1)");
      throw failure;
    });
    t.is(await t.throwsAsync(rejected), failure);
    const broken = database.transaction(async (session) => {
      await Promise.all([
        session.run("INSERT INTO no_table VALUES (1)"),
        session.run("INSERT INTO n VALUES (2)"),
      ]);
    });
    const error = await t.throwsAsync(broken, { instanceOf: StorageError, message: /no such table/ });
    t.is(error?.status, "permanent");
    t.deepEqual(await database.all("SELECT * FROM n"), []);
    t.is(await database.run("INSERT INTO n VALUES (3)"), 1);
  });

  test(`${driver}: two connections of one process take turns`, async (t) => {
    const path = await temporaryPath(t);
    const [first, second] = await Promise.all([openDatabase(t, driver, path), openDatabase(t, driver, path)]);
    await first.run("CREATE TABLE n (i INTEGER) STRICT");
    const order: string[] = [];
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const slow = first.transaction(async (session) => {
      await session.run("INSERT INTO n VALUES (1)");
      begin();
      await sleep(100);
      order.push("first");
    });
    await begun;
    await second.run("INSERT INTO n VALUES (2)");
    order.push("second");
    await slow;
    t.deepEqual(order, ["first", "second"]);
  });

  if (driver === "package") {
    test("package: a query does not wait for a transaction, and sees nothing of it", async (t) => {
      const database = await openDatabase(t, driver);
      await database.run("CREATE TABLE n (i INTEGER) STRICT");
      let [begin, commit] = [(): void => {}, (): void => {}];
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      const held = new Promise<void>((resolve) => {
        commit = resolve;
      });
      const writing = database.transaction(async (session) => {
        await session.run("INSERT INTO n VALUES (1)");
        begin();
        await held;
      });
      await begun;
      const queries = async (): Promise<number> =>
        (await Promise.all(Array.from({ length: 20 }, () => database.all("SELECT i FROM n")))).flat().length;
      t.is(await queries(), 0);
      const next = database.run("INSERT INTO n VALUES (2)");
      commit();
      await Promise.all([writing, next]);
      const found = queries();
      await database.close();
      t.is(await found, 40);
    });
  }

  test(`${driver}: a database that stays busy is a temporary failure`, async (t) => {
    const path = await temporaryPath(t);
    const holder = await openDatabase(t, driver, path);
    const waiter = await openSqlite(path, { driver, busyTimeoutMs: 200 });
    await holder.run("CREATE TABLE n (i INTEGER) STRICT");
    await holder.transaction(async (session) => {
      await session.run("INSERT INTO n VALUES (1)");
      const begun = performance.now();
      const error = await t.throwsAsync(waiter.run("INSERT INTO n VALUES (2)"), { instanceOf: StorageError });
      t.is(error?.status, "temporary");
      t.true(performance.now() - begun >= 200);
    });
    t.is(await waiter.run("INSERT INTO n VALUES (3)"), 1);
    await waiter.close();
  });

  test(`${driver}: a nested transaction and a late statement are refused instead of hanging`, async (t) => {
    const database = await openDatabase(t, driver);
    const nested = database.transaction(() => database.transaction(async () => {}));
    await t.throwsAsync(nested, { instanceOf: UsageError, message: /inside of its own transaction/ });
    const escaped = await database.transaction(async (session) => ({ session }));
    await t.throwsAsync(escaped.session.all("SELECT 1"), { instanceOf: UsageError, message: /has ended/ });
    t.deepEqual(
      (await database.all("SELECT 1 AS one")).map((row) => ({ ...row })),
      [{ one: 1 }],
    );
  });

  test(`${driver}: close waits for what was asked before, and may be repeated`, async (t) => {
    const path = await temporaryPath(t);
    const database = await openDatabase(t, driver, path);
    const created = database.run("CREATE TABLE n (i INTEGER) STRICT");
    await Promise.all([database.close(), database.close()]);
    await created;
    await t.throwsAsync(database.run("SELECT 1"), { instanceOf: StorageError, message: /closed/ });
    const reopened = await openDatabase(t, driver, path);
    t.deepEqual(await reopened.all("SELECT * FROM n"), []);
  });

  test(`${driver}: a path that cannot be opened is a StorageError`, async (t) => {
    const path = await temporaryPath(t);
    const error = await t.throwsAsync(openSqlite(`${path}/nowhere/catalog.sqlite`, { driver }), {
      instanceOf: StorageError,
    });
    t.true(error?.message.includes(`"${path}/nowhere/catalog.sqlite"`), error?.message);
  });

  test(`${driver}: a file that is not a database is a StorageError`, async (t) => {
    const error = await t.throwsAsync(openSqlite(process.execPath, { driver }), { instanceOf: StorageError });
    t.true(error?.message.includes(`"${process.execPath}"`), error?.message);
  });
}

test("opening prints no warning", async (t) => {
  const path = await temporaryPath(t);
  const module = new URL("../../src/node/sqlite/open.js", import.meta.url).href;
  const script = `const { openSqlite } = await import(${JSON.stringify(module)});
    const database = await openSqlite(${JSON.stringify(path)});
    process.emitWarning("still heard", "ExperimentalWarning");
    await database.close();`;
  const { stderr } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
  t.true(stderr.includes("still heard"));
  t.false(stderr.includes("SQLite"));
});
