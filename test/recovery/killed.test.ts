/**
 * Processes that are killed at random moments of their work. Whoever opens the service next finds a catalog that
 * says what is, a repository without remains, and backups that can be built on. The seed is printed, and taken from
 * ASHLAR_TEST_SEED, the number of rounds from ASHLAR_TEST_ROUNDS; the moments are as random as the machine, so a seed gives the same script, not the same moment.
 */
import * as fs from "node:fs/promises";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import test, { type ExecutionContext } from "ava";
import type { BackupView } from "../../src/service/requests.js";
import type { Service } from "../../src/service/service.js";
import { noise, patched } from "../pipeline/volume-bytes.js";
import { Random, SEED } from "./random.js";
import { BLOCK_SIZE, Site } from "./site.js";

const ROUNDS = Number(process.env.ASHLAR_TEST_ROUNDS ?? 25);
const BLOCK_COUNT = 500;
const VOLUME_SIZE = BLOCK_COUNT * BLOCK_SIZE + 17;
/** Rounds after which the chain is begun anew, so that not all of the time goes into verifying it. */
const ROUNDS_IN_CHAIN = 5;
const VERBS = [
  "create",
  "incremental",
  "restore",
  "restore",
  "consolidate",
  "delete",
  "force-delete",
] as const;
type Verb = (typeof VERBS)[number];

/** About what each takes in a process of its own: most are killed, some end before. */
const KILL_AFTER_MAX_MS: Readonly<Record<Verb, number>> = {
  ...{ create: 250, incremental: 250, restore: 250, consolidate: 250 },
  ...{ delete: 80, "force-delete": 80 },
};

/** What the volume held at each backup that is known to be complete. */
type Contents = Map<string, Uint8Array>;

interface Round {
  readonly verb: Verb;
  readonly words: readonly string[];
}

class History {
  readonly t: ExecutionContext;
  readonly site: Site;
  readonly random: Random;
  readonly contents: Contents = new Map();
  volume: Uint8Array = noise(VOLUME_SIZE, 1);
  #restores = 0;

  constructor(t: ExecutionContext, site: Site, random: Random) {
    this.t = t;
    this.site = site;
    this.random = random;
  }

  async change(): Promise<void> {
    for (let i = 0; i < 40; i++) {
      const block = Math.floor(this.random.next() * BLOCK_COUNT);
      this.volume = patched(this.volume, block * BLOCK_SIZE, noise(BLOCK_SIZE, this.random.next() * 1e6));
    }
    await fs.writeFile(this.site.path("disk.img"), this.volume);
  }

  /** A backup by this process, verified and restored. */
  async extend(service: Service, incremental: boolean): Promise<void> {
    const { backup } = await service.createBackup({ volume: "disk", incremental });
    this.contents.set(backup.id, this.volume);
    await service.verifyBackup({ backup: backup.id });
  }

  /** Newest first, which is how chains can be deleted. */
  async deleteAll(service: Service): Promise<void> {
    for (const { backup } of await service.listBackups()) await service.deleteBackup(backup.id);
    this.t.deepEqual(await this.site.stored(), []);
  }

  nextRound(backups: readonly BackupView[]): Round {
    const verb = this.random.pick(VERBS);
    const leaves = backups.filter(({ hasDependents }) => !hasDependents);
    switch (verb) {
      case "create":
      case "incremental":
        return { verb, words: [verb, "disk"] };
      case "consolidate": {
        const incrementals = backups.filter(({ backup }) => backup.parentId !== null);
        if (incrementals.length === 0) return { verb: "incremental", words: ["incremental", "disk"] };
        return { verb, words: [verb, this.random.pick(incrementals).backup.id] };
      }
      case "delete":
      case "force-delete":
        return { verb, words: [verb, this.random.pick(leaves).backup.id] };
      case "restore": {
        const target = this.random.pick(["disk2", `new-${++this.#restores}`]);
        return { verb, words: [verb, this.random.pick(backups).backup.id, target] };
      }
    }
  }

  /** Everything that must hold once the service has been opened again. */
  async check(service: Service, round: string): Promise<void> {
    const { t, site } = this;
    const views = await service.listBackups();
    const available = views.map(({ backup }) => backup).filter(({ status }) => status === "available");
    for (const { backup } of views) {
      t.true(["available", "error"].includes(backup.status), `${round}: backup is ${backup.status}`);
      t.is(backup.holder, null, round);
      if (backup.status === "error") t.is(backup.failReason, "incomplete backup reset on manager restart");
    }
    t.deepEqual(await site.orphans(available), [], `${round}: remains in the repository`);
    t.deepEqual(await service.listOperations(), [], `${round}: leases of the dead`);
    for (const volume of await service.listVolumes()) {
      const wanted = volume.name === "disk" ? ["available"] : ["available", "error_restoring"];
      t.true(wanted.includes(volume.status), `${round}: volume ${volume.name} is ${volume.status}`);
      t.is(volume.holder, null, round);
    }
    await this.#checkVolumeFiles(service, round);
    for (const { id } of available) {
      if (!this.contents.has(id)) this.contents.set(id, this.volume);
      await service.verifyBackup({ backup: id });
    }
  }

  async #checkVolumeFiles(service: Service, round: string): Promise<void> {
    const directory = `${this.site.settings.stateDirectory}/volumes`;
    const sources = new Set((await service.listVolumes()).map(({ source }) => source));
    const files = await fs.readdir(directory).catch(() => []);
    const strays = files.filter((name) => !sources.has(`${directory}/${name}`));
    this.t.deepEqual(strays, [], `${round}: files of no volume`);
  }

  /** Any backup, restored into a volume that a dead process may have left half written. */
  async checkRestore(service: Service, backupId: string, round: string): Promise<void> {
    await service.restoreBackup({ backup: backupId, volume: "disk2", force: true });
    const difference = await this.site.difference("disk2.img", this.contents.get(backupId)!);
    this.t.is(difference, -1, `${round}: restored bytes`);
  }
}

test(`what ${ROUNDS} killed processes left is repaired`, async (t) => {
  t.timeout(ROUNDS * 40_000);
  t.log(`seed ${SEED}`);
  const site = await Site.create(t);
  const history = new History(t, site, new Random(SEED));
  const outcomes: Record<string, number> = {};
  await history.change();
  await fs.writeFile(site.path("disk2.img"), noise(VOLUME_SIZE, 3));
  await site.use(async (service) => {
    await service.createVolume({ name: "disk", source: site.path("disk.img") });
    await service.createVolume({ name: "disk2", source: site.path("disk2.img") });
    await history.extend(service, false);
  });
  // Those that ended before they were to be killed do not count.
  for (let number = 1, killedCount = 0; killedCount < ROUNDS; number++) {
    const backups = await site.use((service) => service.listBackups({ status: "available" }));
    const { verb, words } = history.nextRound(backups);
    await history.change();
    const operation = site.spawn(...words);
    await operation.started;
    await sleep(history.random.next() * KILL_AFTER_MAX_MS[verb]);
    operation.kill();
    const outcome = await operation.outcome();
    if (outcome === undefined) killedCount++;
    const key = `${verb} ${outcome === undefined ? "killed" : "ended"}`;
    outcomes[key] = (outcomes[key] ?? 0) + 1;
    const round = `seed ${SEED}, round ${number}, ${words.join(" ")}`;
    t.is(outcome ?? "", "", round);
    await site.use(async (service) => {
      await history.check(service, round);
      if (number % ROUNDS_IN_CHAIN === 0) await history.deleteAll(service);
      const isFirst = (await service.listBackups({ status: "available" })).length === 0;
      await history.extend(service, !isFirst);
      await history.checkRestore(service, history.random.pick([...(await idsOf(service))]), round);
    });
  }
  t.log(outcomes);
});

async function idsOf(service: Service): Promise<string[]> {
  return (await service.listBackups({ status: "available" })).map(({ backup }) => backup.id);
}
