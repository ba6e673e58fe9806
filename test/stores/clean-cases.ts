/** `repository clean` on a real store: what it takes away, and what it must leave alone. */

import * as fs from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ExecutionContext, TestFn } from "ava";
import { openRepositories } from "../../src/node/repositories.js";
import { openNodeService } from "../../src/node/service.js";
import type { Remains } from "../../src/service/repositories/requests.js";
import type { Service } from "../../src/service/service.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { patternBytes } from "../../src/testing/objects.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";

export interface CleanStore {
  readonly repository: string;
  readonly container: string;
  /** Of the driver. */
  readonly options: Readonly<Record<string, string>>;
  /** Bytes of a part of an object. */
  readonly partSize: number;
}

export interface CleanCases {
  readonly test: TestFn;
  /** For titles. */
  readonly name: string;
  readonly make: (t: ExecutionContext) => Promise<CleanStore>;
  /** Whether the store tells of uploads that nobody has completed. */
  readonly showsUploads: boolean;
}

interface Scene extends CleanStore {
  readonly t: ExecutionContext;
  readonly directory: string;
  readonly sink: ObjectSink;
}

/** Names as they would be of a backup that no catalog has. */
function strayPrefix(number: number): string {
  const id = `5f0c000${number}-0000-4000-8000-000000000000`;
  return `volume_${id}/20260101000000/az_nova_backup_${id}`;
}

const FOREIGN = ["notes.txt", "volume_1", `copy-of-${strayPrefix(1)}-00001`, `${strayPrefix(1)}.old`];
/** Of the guard that lies between two moments; a store's clock may count whole seconds. */
const GUARD_S = 3;

export function cleanCases({ test, name, make, showsUploads }: CleanCases): void {
  test.serial(`${name}: what no backup owns is found and removed, and nothing else`, async (t) => {
    t.timeout(180_000);
    const scene = await open(t, await make(t));
    const { sink, container } = scene;
    const mine = await serve(scene, "mine");
    const others = await serve(scene, "others");
    const known = await backUp(scene, mine);
    const unknown = await backUp(scene, others);
    const broken = await backUp(scene, mine);
    // Of a backup of this catalog that cannot be restored any more it is still the catalog that decides.
    await sink.remove(container, `${broken.prefix}_metadata`);
    for (const each of FOREIGN) await put(scene, each, 1000);
    const kept = await stored(scene);
    const foreignUpload = await beginUpload(scene, "somebody/image.iso");
    await put(scene, `${strayPrefix(1)}-00001`, 2 * scene.partSize + 10);
    await put(scene, `${strayPrefix(1)}_sha256file`, 500);
    await beginUpload(scene, `${strayPrefix(2)}-00001`);
    await put(scene, `${strayPrefix(3)}-00001`, 500);
    t.deepEqual(await findings(mine.cleanRepository({ remove: true })), found(showsUploads, "young"));
    await sleep((GUARD_S + 1.5) * 1000);
    await put(scene, `${strayPrefix(3)}-00002`, 500);
    const all = await stored(scene);

    const shown = await mine.cleanRepository({ olderThanSeconds: GUARD_S });
    t.deepEqual(await findings(shown), found(showsUploads, "left over", "young"));
    const stray = shown.find(({ prefix }) => prefix === strayPrefix(1));
    t.like(stray, { objectCount: 2, storedSize: 2 * scene.partSize + 510 });
    t.deepEqual(await stored(scene), all, "a dry run removes nothing");

    const request = { olderThanSeconds: GUARD_S, remove: true };
    t.deepEqual(await findings(mine.cleanRepository(request)), found(showsUploads, "removed", "young"));
    const young = [`${strayPrefix(3)}-00001`, `${strayPrefix(3)}-00002`];
    t.deepEqual(await stored(scene), [...kept, ...young].sort());
    t.deepEqual(await unfinished(scene), showsUploads ? ["somebody/image.iso"] : []);
    t.deepEqual(await findings(mine.cleanRepository()), [`${strayPrefix(3)} young`]);

    await foreignUpload.close();
    t.is(await sink.size(container, "somebody/image.iso"), 2 * scene.partSize + 10);
    await mine.verifyBackup({ backup: known.id });
    await others.verifyBackup({ backup: unknown.id });
    await mine.deleteBackup(broken.id);
  });
}

async function open(t: ExecutionContext, store: CleanStore): Promise<Scene> {
  const directory = await temporaryDirectory(t);
  const repositories = await openRepositories({ options: store.options });
  t.teardown(() => repositories.close());
  await fs.writeFile(join(directory, "disk.img"), patternBytes(6 * store.partSize + 5, 1));
  return { ...store, t, directory, sink: await repositories.open(store.repository) };
}

/** A service with a catalog of its own. */
async function serve({ t, directory, repository, container, options, partSize }: Scene, catalog: string) {
  const settings = {
    ...{ repository, container, blockSize: 4096, compression: "none" as const, availabilityZone: "nova" },
    stateDirectory: join(directory, catalog),
    // Objects of several parts.
    fileSize: 3 * partSize,
  };
  const service = await openNodeService(settings, { digestEngine: "native", repositories: { options } });
  t.teardown(() => service.close());
  return service;
}

async function backUp({ directory }: Scene, service: Service): Promise<{ id: string; prefix: string }> {
  const { backup } = await service.createBackup({ volume: join(directory, "disk.img") });
  return { id: backup.id, prefix: backup.serviceMetadata! };
}

async function put({ sink, container }: Scene, name: string, size: number): Promise<void> {
  const writer = await sink.create(container, name);
  await writer.write(patternBytes(size, 2));
  await writer.close();
}

/** An object of which two parts are there, and which nobody completes. */
async function beginUpload({ sink, container, partSize }: Scene, name: string) {
  const writer = await sink.create(container, name);
  await writer.write(patternBytes(2 * partSize + 10, 3));
  return writer;
}

async function stored({ sink, container }: Scene): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of sink.list(container, "")) names.push(name);
  return names.sort();
}

/** Of objects that are not there. */
async function unfinished({ sink, container }: Scene): Promise<string[]> {
  const names = new Set<string>();
  for await (const { name } of sink.listUnfinished?.(container, "") ?? [])
    if ((await sink.size(container, name)) === undefined) names.add(name);
  return [...names].sort();
}

async function findings(remains: Promise<Remains[]> | readonly Remains[]): Promise<string[]> {
  return (await remains).map(({ prefix, finding }) => `${prefix} ${finding}`).sort();
}

/** What is said of the three that are left over. */
function found(showsUploads: boolean, old: string, young: string = old): string[] {
  return [1, 2, 3]
    .filter((number) => number !== 2 || showsUploads)
    .map((number) => `${strayPrefix(number)} ${number === 3 ? young : old}`);
}
