/** The signed history in the work of the service: what an attacker with the store's credentials cannot do unnoticed. */
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { IntegrityError, InvalidStateError, UsageError } from "../../../src/errors.js";
import { type HistorySigner, openSigner } from "../../../src/history/keys.js";
import { Secret } from "../../../src/options/secret.js";
import type { HistoryCalls } from "../../../src/service/repositories/history-calls.js";
import type { Service } from "../../../src/service/service.js";
import type { HistorySettings } from "../../../src/service/settings.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import { firstDifference } from "../../pipeline/world.js";
import { type Start, start, World, withBlock } from "../fixture.js";

const LOG = "ashlar-repository";

async function newSigner(): Promise<HistorySigner> {
  const { privateKey } = generateKeyPairSync("ed25519");
  return await openSigner(new Secret(String(privateKey.export({ type: "pkcs8", format: "pem" }))), "x.pem");
}

interface Kept extends Start {
  readonly signer: HistorySigner;
  readonly history: HistorySettings;
  /** With the key and the identity. */
  readonly signed: Service;
  readonly points: readonly Uint8Array[];
}

/** A full backup and an incremental in a directory with a signed history. */
async function kept(t: ExecutionContext): Promise<Kept> {
  const begun = await start(t);
  const { world, path, bytes } = begun;
  const signer = await newSigner();
  const history = { keys: [signer.publicKey], signer: async () => signer };
  const signed = await world.open({ settings: { history } });
  const points = [bytes, withBlock(bytes, 3, 1)];
  for (const [index, point] of points.entries()) {
    await fs.writeFile(path, point);
    await world.backup(signed, { volume: "disk", name: `point ${index}`, incremental: index > 0 });
  }
  return { ...begun, signer, history, signed, points };
}

async function calls(service: Service): Promise<HistoryCalls> {
  return await service.history();
}

async function eventsOf(service: Service): Promise<string[]> {
  return (await (await calls(service)).list()).map(({ number, event }) => `${number} ${event}`);
}

async function entryFiles({ world }: Kept): Promise<string[]> {
  const directory = join(world.repositoryPath, LOG);
  const names = (await fs.readdir(directory)).filter((name) => name.startsWith("history-")).sort();
  return names.map((name) => join(directory, name));
}

async function checkPoint(
  t: ExecutionContext,
  service: Service,
  name: string,
  point: Uint8Array,
): Promise<void> {
  await service.verifyBackup({ backup: name });
  const { volume } = await service.restoreBackup({ backup: name, volume: "./restored.img", force: true });
  t.is(firstDifference(await fs.readFile(volume.source!), point), -1, name);
}

const historyRow = async (service: Service) =>
  (await service.checkRepository({ listCount: 5 })).find(({ check }) => check === "history");

test("stored, consolidated and removed backups are in the history, and a check proves all of it", async (t) => {
  const place = await kept(t);
  const { signed, points } = place;
  t.deepEqual(await eventsOf(signed), ["1 stored", "2 stored"]);
  for (const [index, point] of points.entries()) await checkPoint(t, signed, `point ${index}`, point);
  t.like(await historyRow(signed), { finding: "good" });
  await signed.consolidateBackup({ backup: "point 1" });
  await signed.deleteBackup("point 0");
  t.deepEqual(await eventsOf(signed), ["1 stored", "2 stored", "3 stored", "4 removed"]);
  await checkPoint(t, signed, "point 1", points[1]!);
  const row = await historyRow(signed);
  t.is(row?.finding, "good");
  t.regex(row!.detail!, /^4 entries, 1 backups; head 4 [0-9a-f]{64}$/);
});

test("a backup that vanishes, or that the history does not have, is found", async (t) => {
  const place = await kept(t);
  const { world, signed, service } = place;
  const [view] = await signed.listBackups({ name: "point 1" });
  await fs.rm(world.objectPath(view!, "_metadata"));
  t.like(await historyRow(signed), { finding: "bad" });
  t.regex((await historyRow(signed))!.detail!, new RegExp(`missing: ${view!.backup.id}`));
  // A process without a key changes nothing.
  const refused = { instanceOf: InvalidStateError, message: /it has a signed history, and no key is named/ };
  await t.throwsAsync(service.createBackup({ volume: "disk", name: "plain" }), refused);
  await t.throwsAsync(service.deleteBackup("point 1"), refused);
  await t.throwsAsync(service.consolidateBackup({ backup: "point 1" }), refused);
  const reading = await world.open({ settings: { history: { keys: place.history.keys } } });
  await t.throwsAsync(reading.deleteBackup("point 1"), {
    instanceOf: UsageError,
    message: /want history_identity/,
  });
  t.like(await signed.findBackup("point 1"), { backup: { status: "available" } });
  const other = await newSigner();
  const wrong = await world.open({ settings: { history: { ...place.history, signer: async () => other } } });
  await t.throwsAsync(wrong.createBackup({ volume: "disk", name: "other" }), {
    instanceOf: UsageError,
    message: /its public key [0-9a-f]{64} is not among history_key/,
  });
});

test("a rolled back, cut, changed or exchanged history is refused by every reader", async (t) => {
  const place = await kept(t);
  const { signed } = place;
  const [first, second] = (await entryFiles(place)) as [string, string];
  const [one, two] = [await fs.readFile(first), await fs.readFile(second)];
  const read = (): Promise<unknown> => signed.verifyBackup({ backup: "point 0" });
  const refusedWith = async (message: RegExp): Promise<void> => {
    await t.throwsAsync(read(), { instanceOf: IntegrityError, message });
    t.like(await historyRow(signed), { finding: "bad" });
  };
  await fs.rm(second);
  await refusedWith(/an entry that was there is missing: the repository was rolled back/);
  await fs.writeFile(second, one);
  await refusedWith(/another entry is in the place of a known one/);
  const changed = Buffer.from(two);
  changed[20]! ^= 1;
  await fs.writeFile(second, changed);
  await refusedWith(/its signature is wrong/);
  await fs.writeFile(second, Buffer.from("{}\n"));
  await refusedWith(/it is not an entry and its signature/);
  await fs.writeFile(second, two);
  await read();
  // The check reads the older ones, too.
  await fs.writeFile(first, two);
  t.like(await historyRow(signed), { finding: "bad" });
});

test("a new catalog takes from a store only what the history has", async (t) => {
  const place = await kept(t);
  const { world, signed, signer, path, points } = place;
  const views = [await signed.findBackup("point 0"), await signed.findBackup("point 1")];
  const other = await World.create(t);
  const fresh = async (): Promise<Service> =>
    other.open({
      settings: { repository: world.settings.repository, history: { keys: [signer.publicKey] } },
    });
  // The attacker makes a valid backup of other bytes with the name of the second.
  await fs.writeFile(path, withBlock(points[0]!, 5, 9));
  const plainWorld = await World.create(t);
  const plain = await plainWorld.open({ settings: { repository: world.settings.repository } });
  await plain.createVolume({ name: "disk", source: path });
  await plainWorld.backup(plain, { volume: "disk", name: "forged" });
  const manifest = world.objectPath(views[1]!, "_metadata");
  const table = world.objectPath(views[1]!, "_sha256file");
  const [realManifest, realTable] = [await fs.readFile(manifest), await fs.readFile(table)];
  await fs.writeFile(manifest, String(realManifest).replace('"point 1"', '"point X"'));
  const found = await (await fresh()).scanRepository();
  t.deepEqual(found.map(({ finding }) => finding).sort(), ["added", "skipped", "skipped"]);
  const reasons = found.map(({ reason }) => reason ?? "");
  t.true(reasons.some((reason) => reason.includes("the signed history does not have it")));
  t.true(reasons.some((reason) => reason.includes("not the ones that were stored")));
  await fs.writeFile(manifest, realManifest);
  const again = await (await fresh()).scanRepository();
  t.is(again.find(({ backupId }) => backupId === views[1]!.backup.id)?.finding, "added");
  // A digest table in another's place: the row that was scanned has no digest of it, the history has.
  await fs.writeFile(table, `${realTable}\n`);
  await t.throwsAsync((await fresh()).verifyBackup({ backup: "point 1" }), {
    instanceOf: IntegrityError,
    message: /Cannot trust digest table: its bytes are not the ones that were stored/,
  });
});

test("one block is proven without the repository, and no other claim is", async (t) => {
  const { signed } = await kept(t);
  const history = await calls(signed);
  const view = await signed.findBackup("point 1");
  const proof = JSON.parse(JSON.stringify(await history.prove("point 1", 20)));
  const proven = await history.check(proof);
  t.like(proven, { backupId: view.backup.id, block: 20, offset: 20 * 4096, blockSize: 4096 });
  const digits = [...proof.digests];
  digits[20] = "0".repeat(64);
  for (const changed of [
    { ...proof, digests: digits },
    { ...proof, block: 21 },
    { ...proof, digests: proof.digests.slice(0, 20) },
    { ...proof, path: ["0".repeat(64)] },
    { ...proof, version: "2" },
    { ...proof, block: -1 },
    { ...proof, path: ["zz"] },
    { ...proof, entry: proof.entry.replace("stored", "Stored") },
  ])
    await t.throwsAsync(history.check(changed), { instanceOf: IntegrityError });
  await t.throwsAsync(history.prove("point 1", 21), {
    instanceOf: UsageError,
    message: "Cannot prove block 21: the backup has blocks 0 to 20",
  });
});

test("backups from before the history began are added on request", async (t) => {
  const { world, service } = await start(t);
  const signer = await newSigner();
  await world.backup(service, { volume: "disk", name: "old" });
  const history = { keys: [signer.publicKey], signer: async () => signer };
  const signed = await world.open({ settings: { history } });
  await t.throwsAsync(signed.verifyBackup({ backup: "old" }), {
    instanceOf: IntegrityError,
    message: /the signed history does not have it.*`ashlar repository history add`/,
  });
  t.like(await historyRow(signed), { finding: "warning" });
  const added = await (await calls(signed)).add();
  t.is(added.length, 1);
  t.deepEqual(await (await calls(signed)).add(["old"]), []);
  await signed.verifyBackup({ backup: "old" });
  t.like(await historyRow(signed), { finding: "good" });
});

test("writers at the same time chain their entries one after another", async (t) => {
  const { world, signed, path, bytes } = await kept(t);
  for (let i = 0; i < 6; i++) {
    const file = await world.write(`v${i}.img`, bytes.subarray(0, 8192 + i));
    await signed.createVolume({ name: `v${i}`, source: file });
  }
  await Promise.all(
    Array.from({ length: 6 }, (_, i) => world.backup(signed, { volume: `v${i}`, name: `b${i}` })),
  );
  t.is((await eventsOf(signed)).length, 8);
  t.is((await historyRow(signed))?.finding, "good");
  t.truthy(path);
});

/** Fails, as a process that dies, from the call on that makes the n-th entry. */
class DyingSink extends SinkLayer {
  isDead = false;
  entriesLeft = Number.POSITIVE_INFINITY;
  dies: "after" | "before" = "before";

  override async create(...args: Parameters<SinkLayer["create"]>): ReturnType<SinkLayer["create"]> {
    this.#requireLife();
    const isEntry = args[1].includes("history-");
    if (isEntry && this.dies === "before" && --this.entriesLeft < 0) this.isDead = true;
    this.#requireLife();
    const writer = await super.create(...args);
    if (!isEntry || this.dies === "before") return writer;
    return {
      write: (bytes) => writer.write(bytes),
      abort: () => writer.abort(),
      close: async () => {
        await writer.close();
        if (--this.entriesLeft < 0) this.isDead = true;
      },
    };
  }

  override async open(...args: Parameters<SinkLayer["open"]>): ReturnType<SinkLayer["open"]> {
    this.#requireLife();
    return await super.open(...args);
  }

  override async remove(...args: Parameters<SinkLayer["remove"]>): ReturnType<SinkLayer["remove"]> {
    this.#requireLife();
    return await super.remove(...args);
  }

  #requireLife(): void {
    if (this.isDead) throw new Error("the process is dead");
  }
}

for (const dies of ["before", "after"] as const) {
  test(`a process that dies ${dies} an entry leaves what the next start repairs`, async (t) => {
    const { world, path, bytes } = await start(t);
    const signer = await newSigner();
    const history = { keys: [signer.publicKey], signer: async () => signer };
    const stored = new MemorySink();
    const url = "s3://store";
    const settings = { repository: url, history };
    world.sinks.set(url, stored);
    const whole = await world.open({ settings });
    await world.backup(whole, { volume: "disk", name: "full" });
    const acts = [
      (service: Service) => world.backup(service, { volume: "disk", name: "next", incremental: true }),
      (service: Service) => service.consolidateBackup({ backup: "next" }),
      (service: Service) => service.deleteBackup("next"),
    ];
    for (const act of acts) {
      if (act !== acts[0]) {
        await fs.writeFile(path, withBlock(bytes, 2, 7));
        const later = await world.open({ settings });
        const isThere = (await later.listBackups({ name: "next" })).some(
          ({ backup }) => backup.status === "available",
        );
        if (!isThere) await world.backup(later, { volume: "disk", name: "next", incremental: true });
      }
      const sink = new DyingSink(stored);
      sink.dies = dies;
      sink.entriesLeft = 0;
      world.sinks.set(url, sink);
      world.alive.add("dead");
      const dying = await world.open({ settings, holder: "dead" });
      await t.throwsAsync(act(dying));
      world.alive.delete("dead");
      world.sinks.set(url, stored);
      const next = await world.open({ settings });
      for (const { backup } of await next.listBackups()) {
        if (backup.status === "available") await next.verifyBackup({ backup: backup.id });
        else await next.deleteBackup(backup.id);
      }
      t.is((await historyRow(next))?.finding, "good");
    }
  });
}
