/** What both store of one volume with one set of options: the same objects, keys, types and layout. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import type { GoldenRecord } from "../fixtures/golden-vectors.js";
import { ashlarBacksUp, ashlarIn, cinderBacksUp, DESCRIPTION, NAME } from "./histories.js";
import { COMBINATIONS, historyOf, makeWorkspace, type Workspace } from "./matrix.js";
import { useCinder } from "./peer.js";

const peer = useCinder(test);

type Json = Record<string, unknown>;

interface StoredBackup {
  readonly container: string;
  readonly prefix: string;
  readonly manifest: Json;
  readonly table: Json;
}

/** `str(datetime)`: microseconds only where there are any. */
const CREATED_AT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{6})?\+00:00$/;
/** What differs between two backups of one volume, or names them. */
const OWN = ["backup_id", "volume_id", "created_at", "parent_id", "volume_meta", "objects"];

function decodeRecord(record: GoldenRecord): Json {
  return JSON.parse(Buffer.from(record.backup_url, "base64").toString("utf8")) as Json;
}

async function readStored(workspace: Workspace, container: string, prefix: string): Promise<StoredBackup> {
  const read = async (suffix: string): Promise<Json> =>
    JSON.parse(await readFile(join(workspace.repository, container, prefix + suffix), "utf8")) as Json;
  return { container, prefix, manifest: await read("_metadata"), table: await read("_sha256file") };
}

/** `objects` with what follows the prefix for a name. */
function objectsOf({ manifest, prefix }: StoredBackup): [string, unknown][] {
  return (manifest.objects as Json[]).map((object) => {
    const entries = Object.entries(object);
    const [name, fields] = entries[0]!;
    return [entries.length === 1 && name.startsWith(prefix) ? name.slice(prefix.length) : name, fields];
  });
}

const typesOf = (object: Json): Json =>
  Object.fromEntries(
    Object.entries(object).map(([key, value]) => [key, value === null ? "null" : typeof value]),
  );

const without = (object: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));

function sameShape(t: ExecutionContext, ours: StoredBackup, theirs: StoredBackup, what: string): void {
  t.deepEqual(typesOf(ours.manifest), typesOf(theirs.manifest), `${what}: manifest keys and types`);
  t.deepEqual(without(ours.manifest, OWN), without(theirs.manifest, OWN), `${what}: manifest values`);
  t.deepEqual(typesOf(ours.table), typesOf(theirs.table), `${what}: digest table keys and types`);
  t.deepEqual(without(ours.table, OWN), without(theirs.table, OWN), `${what}: digest table values`);
  for (const file of [ours.manifest, ours.table]) t.regex(String(file.created_at), CREATED_AT, what);
  const meta = JSON.parse(String(ours.manifest.volume_meta)) as Json;
  const theirMeta = JSON.parse(String(theirs.manifest.volume_meta)) as Json;
  t.is(meta.version, theirMeta.version);
  t.like(meta["volume-base-metadata"], { size: 1, display_name: "protected" }, what);
}

for (const combination of COMBINATIONS) {
  test.serial(`both store the same: ${combination.title}`, async (t) => {
    const workspace = await makeWorkspace(t);
    const volumes = historyOf(combination.blockSize);
    // An object for every run of changed blocks, as Cinder makes them.
    const ashlar = ashlarIn(workspace, combination, "state", { ASHLAR_BACKUP_COALESCE_GAP: "0" });
    const byAshlar = await ashlarBacksUp(ashlar, workspace, volumes);
    const byCinder = await cinderBacksUp(peer.cinder, workspace, combination, volumes);
    for (const [point, backup] of byAshlar.entries()) {
      const record = decodeRecord(await ashlar.exportRecord(backup.id));
      const theirRecord = decodeRecord(await peer.cinder.export(byCinder[point]!.id));
      t.deepEqual(Object.keys(record).sort(), Object.keys(theirRecord).sort(), "keys of the record");
      const prefix = String(record.service_metadata);
      t.regex(prefix, new RegExp(`^volume_${backup.volume_id}_\\d{14}_backup_${backup.id}$`));
      const ours = await readStored(workspace, backup.container, prefix);
      const { container, service_metadata } = byCinder[point]!;
      const theirs = await readStored(workspace, container, service_metadata);

      sameShape(t, ours, theirs, `point ${point}`);
      t.like(ours.manifest, { backup_id: backup.id, backup_name: NAME, backup_description: DESCRIPTION });
      t.is(ours.manifest.parent_id, point === 0 ? null : byAshlar[point - 1]!.id);
      t.deepEqual(objectsOf(ours), objectsOf(theirs), `point ${point}: objects`);
      for (const suffix of ["_metadata", "_sha256file"]) {
        const file = join(workspace.repository, backup.container, prefix + suffix);
        t.true(await peer.cinder.isPrintedAsCinderDoes(file), `point ${point}: layout of ${suffix}`);
      }
      t.is((await workspace.storedIn(backup.container)).length, backup.object_count + 2);
    }
  });
}
