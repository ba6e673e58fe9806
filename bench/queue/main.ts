/**
 * The question: how many operations does the queue of a catalog in PostgreSQL start in a second, how long does a place
 * stay free until the next operation has it, and how many statements does that take?
 *
 * Hosts are simulated: each takes operations as a worker does, by the same statements, waits for the time of the work,
 * and ends them. Some connections serve all hosts. Nothing is read or stored: the queue alone is measured.
 *
 *     node build/bench/queue/main.js --catalog URL-OF-AN-EMPTY-DATABASE [--hosts 1,8,64] [--volumes 1000]
 *       [--work 50] [--limit 16] [--connections 8]
 */
import { setMaxListeners } from "node:events";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Catalog } from "../../src/catalog/catalog.js";
import { catalogLocation } from "../../src/catalog/location.js";
import { openCatalog } from "../../src/catalog/open-catalog.js";
import { type OperationRow, PARKED } from "../../src/catalog/operations.js";
import { openPostgres } from "../../src/node/postgres/database.js";
import type { SqlDatabase, SqlSession } from "../../src/ports.js";
import { takeNext } from "../../src/service/fleet/take-next.js";
import { endOperation } from "../../src/service/operations/admission.js";
import { printMachine, thisMachine } from "../report/machine.js";
import { table } from "../report/markdown.js";

const { values: flags } = parseArgs({
  options: {
    catalog: { type: "string" },
    hosts: { type: "string", default: "1,8,64" },
    volumes: { type: "string", default: "1000" },
    work: { type: "string", default: "50" },
    limit: { type: "string", default: "16" },
    connections: { type: "string", default: "8" },
  },
});
if (flags.catalog === undefined) throw new Error("want --catalog with the URL of an empty database");
const location = catalogLocation(flags.catalog);
const [volumes, workMs, limit, connectionCount] = [
  flags.volumes,
  flags.work,
  flags.limit,
  flags.connections,
].map(Number) as [number, number, number, number];
const CAPACITY = 4;
const POLL_MS = 500;

let statements = 0;

/** Counts the statements of a database, BEGIN and COMMIT included. */
function counted(database: SqlDatabase): SqlDatabase {
  const session = (inner: SqlSession): SqlSession => ({
    dialect: inner.dialect,
    run(sql, parameters) {
      statements++;
      return inner.run(sql, parameters);
    },
    all(sql, parameters) {
      statements++;
      return inner.all(sql, parameters);
    },
  });
  return {
    ...session(database),
    transaction(work) {
      statements += 2;
      return database.transaction((inner) => work(session(inner)));
    },
    close: () => database.close(),
  };
}

/** The places that operations leave, and how long each stays free. */
class Places {
  readonly waits: number[] = [];
  readonly #free: number[] = [];
  ended = 0;

  taken(): void {
    const since = this.#free.shift();
    if (since !== undefined) this.waits.push(performance.now() - since);
  }

  left(): void {
    this.ended++;
    this.#free.push(performance.now());
  }
}

/** Runs one host until all operations have ended. Hosts wake each other as notices would. */
async function runHost(catalog: Catalog, places: Places, wake: EventTarget): Promise<void> {
  const name = catalog.host!;
  const clock = { now: () => new Date(), monotonicMs: () => performance.now() };
  const context = {
    catalog,
    host: { holder: name, clock },
    admission: { limits: { maxOperations: limit, maxMemory: undefined } },
  };
  await catalog.workers.add({ holder: name, host: name, version: "1", capacity: CAPACITY });
  const running = new Set<Promise<void>>();
  const work = async ({ number }: OperationRow): Promise<void> => {
    await sleep(workMs * (0.5 + Math.random()));
    await catalog.transaction((tables) => endOperation(tables, { number }, { holder: name }));
    places.left();
    wake.dispatchEvent(new Event("notice"));
  };
  while (places.ended < volumes) {
    const taken =
      running.size < CAPACITY
        ? await takeNext(context, { hasRoom: () => running.size < CAPACITY, isReachable: async () => true })
        : undefined;
    if (taken === undefined) {
      await waitFor(wake, POLL_MS * (0.5 + Math.random()));
      continue;
    }
    places.taken();
    const done = work(taken).finally(() => running.delete(done));
    running.add(done);
  }
}

async function waitFor(wake: EventTarget, ms: number): Promise<void> {
  const woken = new AbortController();
  const end = (): void => woken.abort();
  wake.addEventListener("notice", end, { once: true });
  await sleep(ms, undefined, { signal: woken.signal }).catch(() => undefined);
  wake.removeEventListener("notice", end);
}

async function measure(hostCount: number): Promise<string[]> {
  const databases = await Promise.all(
    Array.from({ length: Math.min(connectionCount, hostCount) }, () => openPostgres(location)),
  );
  const clock = databases[0]!.clock;
  const first = await openCatalog(counted(databases[0]!), clock);
  const catalogs = Array.from(
    { length: hostCount },
    (_, i) => new Catalog(counted(databases[i % databases.length]!), clock, `h${i}`),
  );
  await fill(first, hostCount);
  const places = new Places();
  statements = 0;
  const start = performance.now();
  const wake = new EventTarget();
  setMaxListeners(hostCount, wake);
  await Promise.all(catalogs.map((catalog) => runHost(catalog, places, wake)));
  const seconds = (performance.now() - start) / 1000;
  for (const { host } of catalogs) await first.workers.remove(host!);
  for (const database of databases) await database.close();
  const waits = places.waits.sort((a, b) => a - b);
  const share = (part: number): string => `${waits[Math.floor(waits.length * part)]?.toFixed(0) ?? "–"} ms`;
  return [
    ...[String(hostCount), `${seconds.toFixed(1)} s`, (volumes / seconds).toFixed(1)],
    ...[share(0.5), share(0.95), (statements / volumes).toFixed(0)],
  ];
}

/** Adds the queued operations and their backups, a thousand in one transaction. */
async function fill(catalog: Catalog, hostCount: number): Promise<void> {
  const createdAt = new Date();
  const queued = { holder: PARKED, slots: 1, memory: 0, request: '{"version":1}' };
  for (let from = 0; from < volumes; from += 1000)
    await catalog.transaction(async ({ backups, operations }) => {
      for (let i = from; i < Math.min(from + 1000, volumes); i++) {
        const id = crypto.randomUUID();
        const row = { id, volumeId: id, status: "creating", holder: PARKED, createdAt, size: 1 } as const;
        await backups.insert({ ...row, repository: "file:///bench" });
        await operations.add({ ...queued, kind: "backup", backupId: id, host: `h${i % hostCount}` });
      }
    });
}

const rows: string[][] = [];
for (const hosts of flags.hosts.split(",")) rows.push(await measure(Number(hosts)));
process.stdout.write(
  [
    `${volumes} queued operations, a limit of ${limit}, work of ${workMs} ms on average. ${printMachine(thisMachine())}.`,
    "",
    table(
      ["hosts", "time", "operations a second", "free place, median", "95 %", "statements an operation"],
      rows,
      0,
    ),
    "",
  ].join("\n"),
);
