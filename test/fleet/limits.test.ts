/** Many processes on one catalog with one limit. The database itself records how many operations run. */
import { writeFile } from "node:fs/promises";
import test from "ava";
import { catalogLocation } from "../../src/catalog/location.js";
import { openDriver } from "../catalog/drivers.js";
import { postgresServer } from "../catalog/postgres-databases.js";
import { noise } from "../pipeline/volume-bytes.js";
import { BLOCK_SIZE, Site } from "../recovery/site.js";

const PROCESS_COUNT = 8;
const VOLUMES_EACH = 6;
const LIMIT = 3;
const VOLUME_SIZE = 20 * BLOCK_SIZE + 5;

/** Every start of an operation, with what runs from then on. */
const JOURNAL: readonly string[] = [
  "CREATE TABLE journal (entry BIGINT GENERATED ALWAYS AS IDENTITY, number BIGINT, running BIGINT, memory BIGINT)",
  `CREATE FUNCTION note_start() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO journal (number, running, memory)
      SELECT NEW.number, SUM(slots), SUM(memory) FROM operations WHERE state = 'running';
    RETURN NULL;
  END $$`,
  `CREATE TRIGGER note_start AFTER UPDATE OF state ON operations FOR EACH ROW
    WHEN (NEW.state = 'running' AND OLD.state <> 'running') EXECUTE FUNCTION note_start()`,
];

interface Entry {
  readonly number: number;
  readonly running: number;
  readonly memory: number;
}

test("of the operations of many processes never more than the limit run, in their order, and none is lost", async (t) => {
  t.timeout(300_000);
  const url = await (await postgresServer()).createDatabase();
  const site = await Site.create(t, { maxOperations: LIMIT, catalog: catalogLocation(url) });
  await site.use(async (service) => void (await service.listVolumes()));
  const journal = await openDriver(url, "postgresql");
  t.teardown(() => journal.close());
  for (const statement of JOURNAL) await journal.run(statement);
  const paths = Array.from({ length: PROCESS_COUNT * VOLUMES_EACH }, (_, i) => site.path(`${i}.img`));
  await Promise.all(paths.map((path, i) => writeFile(path, noise(VOLUME_SIZE, i))));
  await writeFile(site.path("lost.img"), noise(1000 * BLOCK_SIZE, 0));
  const host = (i: number) => ({ ...site.settings, stateDirectory: site.path(`state-${i}`) });
  const killed = site.spawnWith({ ...host(0), fileSize: BLOCK_SIZE }, "create", site.path("lost.img"));
  await killed.started;
  const operations = Array.from({ length: PROCESS_COUNT }, (_, i) =>
    site.spawnWith(host(i), "create", ...paths.slice(i * VOLUMES_EACH, (i + 1) * VOLUMES_EACH)),
  );
  await Promise.all(operations.map(({ started }) => started));
  killed.kill();
  const outcomes = await Promise.all(operations.map((operation) => operation.outcome()));
  t.deepEqual(outcomes, Array(PROCESS_COUNT).fill(""));
  const entries = (await journal.all("SELECT * FROM journal ORDER BY entry")) as unknown as Entry[];
  const running = entries.map((entry) => entry.running);
  t.is(Math.max(...running), LIMIT, "the limit is used, and never passed");
  const numbers = entries.map(({ number }) => number);
  t.deepEqual(
    numbers,
    [...numbers].sort((a, b) => a - b),
  );
  await site.use(async (service) => {
    const views = await service.listBackups({ status: "available" });
    t.is(views.length, paths.length);
    t.deepEqual(await service.listOperations(), []);
    t.deepEqual(await site.orphans(views.map(({ backup }) => backup)), []);
  });
});
