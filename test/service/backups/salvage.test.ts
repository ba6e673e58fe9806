/** Restores that go past damage: what can be proven is restored, and every other byte is reported and reads as zero. */
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import test, { type ExecutionContext } from "ava";
import { IntegrityError } from "../../../src/errors.js";
import type { BackupView, RestoreOutcome } from "../../../src/service/requests.js";
import type { Settings } from "../../../src/service/settings.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import { MemorySink } from "../../../src/sinks/memory/sink.js";
import type { ObjectReader } from "../../../src/sinks/sink.js";
import { Random } from "../../fuzz/random.js";
import { noise, prose } from "../../pipeline/volume-bytes.js";
import { firstDifference } from "../../pipeline/world.js";
import { BLOCK_SIZE, damage, rowsOf, type Start, start, VOLUME_SIZE, withBlock } from "../fixture.js";

interface History extends Start {
  /** A full backup and two incrementals; the last is the one to restore. */
  readonly views: readonly [full: BackupView, second: BackupView, third: BackupView];
  /** The volume at the last backup. */
  readonly bytes: Uint8Array;
}

/**
 * Blocks 3 and 10 change before the second backup, 5 and 10 before the third.
 * @param compression of contents that shrink. @default {contents that do not}
 */
async function history(t: ExecutionContext, compression?: Settings["compression"]): Promise<History> {
  const started = await start(t);
  const { world, path } = started;
  const isText = compression !== undefined;
  const service = isText ? await world.open({ settings: { compression } }) : started.service;
  const begun = isText ? prose(VOLUME_SIZE) : started.bytes;
  await fs.writeFile(path, begun);
  const full = await world.backup(service, { volume: "disk", name: "full" });
  const second = withBlock(withBlock(begun, 3, 1), 10, 2);
  await fs.writeFile(path, second);
  const secondView = await world.backup(service, { volume: "disk", name: "second", incremental: true });
  const bytes = withBlock(withBlock(second, 5, 3), 10, 4);
  await fs.writeFile(path, bytes);
  const third = await world.backup(service, { volume: "disk", name: "third", incremental: true });
  return { ...started, service, bytes, views: [full, secondView, third] };
}

const FULL = 0;
const SECOND = 1;
const THIRD = 2;
const remove = (path: string): Promise<void> => fs.rm(path);
const cut = (path: string): Promise<void> => fs.truncate(path, 100);
const flip =
  (at: number) =>
  (path: string): Promise<void> =>
    damage(path, at);

/** Replaces the first occurrence of a text. */
const rewrite =
  (from: string | RegExp, to: string) =>
  async (path: string): Promise<void> =>
    fs.writeFile(path, (await fs.readFile(path, "latin1")).replace(from, to), "latin1");

type Hit = readonly [backup: number, suffix: string, inflict: (path: string) => Promise<void>];
/** First lost block, number of lost blocks. */
type LostBlocks = readonly (readonly [first: number, count: number])[];

interface Case {
  readonly title: string;
  readonly hits: readonly Hit[];
  readonly lost: LostBlocks;
  /** Reasons of the lost ranges. */
  readonly reason?: RegExp;
  /** Reasons of the other findings. */
  readonly findings: readonly RegExp[];
}

const CASES: readonly Case[] = [
  { title: "nothing is damaged", hits: [], lost: [], findings: [] },
  {
    title: "a missing object of the full backup loses what no newer backup has",
    hits: [[FULL, "-00002", remove]],
    lost: [
      [8, 2],
      [11, 5],
    ],
    reason: /it is missing$/,
    findings: [],
  },
  {
    title: "a flipped bit loses one block",
    hits: [[FULL, "-00002", flip(4 * BLOCK_SIZE + 9)]],
    lost: [[12, 1]],
    reason: /SHA-256/,
    findings: [],
  },
  {
    title: "a flipped bit in a block that a newer backup replaces loses nothing",
    hits: [[FULL, "-00002", flip(2 * BLOCK_SIZE + 9)]],
    lost: [],
    findings: [],
  },
  {
    title: "a missing object of an incremental loses its blocks",
    hits: [[THIRD, "-00001", remove]],
    lost: [[5, 1]],
    reason: /it is missing$/,
    findings: [],
  },
  {
    title: "a missing manifest of an incremental loses its blocks, and no old one takes their places",
    hits: [[SECOND, "_metadata", remove]],
    lost: [[3, 1]],
    reason: /it is missing$/,
    findings: [/it is missing$/],
  },
  {
    title: "a missing manifest of the newest backup loses its blocks",
    hits: [[THIRD, "_metadata", remove]],
    lost: [
      [5, 1],
      [10, 1],
    ],
    findings: [/it is missing$/],
  },
  {
    title: "a missing manifest of the full backup leaves the incrementals' blocks",
    hits: [[FULL, "_metadata", cut]],
    lost: [
      [0, 3],
      [4, 1],
      [6, 4],
      [11, 10],
    ],
    findings: [/manifest/],
  },
  {
    title: "a manifest with a wrong byte that matters to nothing loses nothing",
    hits: [[FULL, "_metadata", rewrite('"backup_name": "full"', '"backup_name": "fuel"')]],
    lost: [],
    findings: [/not the ones that were stored$/],
  },
  {
    title: "a manifest with a wrong object name loses that object",
    hits: [[FULL, "_metadata", rewrite(/-00003"/, '-00093"')]],
    lost: [[16, 5]],
    reason: /it is missing$/,
    findings: [/not the ones that were stored$/],
  },
  {
    title: "a manifest with an impossible object name loses that object",
    hits: [[FULL, "_metadata", rewrite(/-00003"/, '-0/003"')]],
    lost: [[16, 5]],
    reason: /name in the manifest is one that no object of the store can have$/,
    findings: [/not the ones that were stored$/],
  },
  {
    title: "without the digest table the MD5s of the objects are proof",
    hits: [[THIRD, "_sha256file", remove]],
    lost: [],
    findings: [/it is missing$/],
  },
  {
    title: "without the digest table a flipped bit loses its object",
    hits: [
      [THIRD, "_sha256file", remove],
      [FULL, "-00002", flip(4 * BLOCK_SIZE + 9)],
    ],
    lost: [
      [8, 2],
      [11, 5],
    ],
    reason: /SHA-256/,
    findings: [/it is missing$/],
  },
  {
    title: "a cut digest table still proves the blocks that it has",
    hits: [
      [THIRD, "_sha256file", (path) => fs.truncate(path, 1200)],
      [FULL, "-00001", flip(4 * BLOCK_SIZE + 9)],
    ],
    lost: [[4, 1]],
    findings: [/digest table/],
  },
  {
    title: "a wrong digest loses nothing if its object is intact",
    hits: [[THIRD, "_sha256file", flip(900)]],
    lost: [],
    findings: [/digest table/],
  },
  {
    title: "without a digest table and a manifest, data that may be old is not restored",
    hits: [
      [THIRD, "_sha256file", remove],
      [SECOND, "_metadata", remove],
    ],
    lost: [
      [0, 5],
      [6, 4],
      [11, 10],
    ],
    reason: /it is missing$/,
    findings: [/it is missing$/, /it is missing$/],
  },
];

function lostBlocks({ salvage }: RestoreOutcome): LostBlocks {
  return salvage!.lost.map(({ offset, length }) => [offset / BLOCK_SIZE, Math.ceil(length / BLOCK_SIZE)]);
}

/** Blocks as runs, whatever the ranges are that they were reported in. */
function merged(blocks: LostBlocks): LostBlocks {
  const runs: [first: number, count: number][] = [];
  for (const [first, count] of blocks) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === first) last[1] += count;
    else runs.push([first, count]);
  }
  return runs;
}

/** `bytes`, with zeros where they were lost. */
function without(bytes: Uint8Array, { salvage }: RestoreOutcome): Uint8Array {
  const left = bytes.slice();
  for (const { offset, length } of salvage!.lost) left.fill(0, offset, offset + length);
  return left;
}

for (const { title, hits, lost, reason, findings } of CASES) {
  test(title, async (t) => {
    const { world, service, views, bytes } = await history(t);
    const { id } = views[THIRD].backup;
    for (const [index, suffix, inflict] of hits) await inflict(world.objectPath(views[index]!, suffix));
    await world.write("old.img", noise(VOLUME_SIZE, 7));
    for (const volume of ["./new.img", "./old.img"]) {
      const outcome = await service.restoreBackup({ backup: id, volume, force: true, salvage: true });
      t.deepEqual(merged(lostBlocks(outcome)), lost);
      const salvage = outcome.salvage!;
      for (const { error } of salvage.lost) if (reason !== undefined) t.regex(error.reason, reason);
      t.is(salvage.findings.length, findings.length);
      for (const [index, wanted] of findings.entries()) t.regex(salvage.findings[index]!.reason, wanted);
      t.is(firstDifference(await world.read(volume), without(bytes, outcome)), -1);
      const lostSize = salvage.lost.reduce((sum, { length }) => sum + length, 0);
      t.is(outcome.volume.status, "available");
      t.is(outcome.volume.metadata.salvage_lost_bytes, lostSize === 0 ? undefined : `${lostSize}`);
      t.like(outcome.backup, { status: "available", holder: null });
      t.is(outcome.backup.failReason !== null, lostSize > 0);
    }
    if (lost.length > 0)
      await t.throwsAsync(service.restoreBackup({ backup: id }), { instanceOf: IntegrityError });
  });
}

test("a parent that the catalog lacks is bridged by an older backup, as far as that has the same blocks", async (t) => {
  const { world, service, views, bytes } = await history(t);
  await world.catalog.backups.remove(views[SECOND].backup.id);
  const request = { backup: views[THIRD].backup.id, volume: "./new.img", salvage: true };
  const outcome = await service.restoreBackup(request);
  t.deepEqual(lostBlocks(outcome), [[3, 1]]);
  t.regex(outcome.salvage!.lost[0]!.error.reason, /which the catalog cannot find$/);
  t.is(firstDifference(await world.read("new.img"), without(bytes, outcome)), -1);
});

test("a block that an older backup has, too, is taken from there", async (t) => {
  const { world, service, path, bytes } = await start(t);
  await world.backup(service, { volume: "disk" });
  await fs.writeFile(path, withBlock(bytes, 3, 1));
  await world.backup(service, { volume: "disk", incremental: true });
  await fs.writeFile(path, bytes);
  const newest = await world.backup(service, { volume: "disk", incremental: true });
  await remove(world.objectPath(newest, "-00001"));
  const outcome = await service.restoreBackup({
    backup: newest.backup.id,
    volume: "./new.img",
    salvage: true,
  });
  t.deepEqual(outcome.salvage!.lost, []);
  t.is(firstDifference(await world.read("new.img"), bytes), -1);
});

test("a whole restore afterwards takes the marks of the loss away", async (t) => {
  const { world, service, bytes } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  const path = world.objectPath(view, "-00001");
  await fs.rename(path, `${path}.away`);
  const request = { backup: view.backup.id, volume: "./new.img", force: true };
  t.deepEqual(lostBlocks(await service.restoreBackup({ ...request, salvage: true })), [[0, 8]]);
  await fs.rename(`${path}.away`, path);
  const { backup, volume } = await service.restoreBackup(request);
  t.is(backup.failReason, null);
  t.is(volume.metadata.salvage_lost_bytes, undefined);
  t.is(firstDifference(await world.read("new.img"), bytes), -1);
});

test("where nothing can be read, nothing is begun", async (t) => {
  const { world, service } = await start(t);
  const view = await world.backup(service, { volume: "disk" });
  await remove(world.objectPath(view, "_metadata"));
  const request = { backup: view.backup.id, volume: "./new.img", salvage: true };
  await t.throwsAsync(service.restoreBackup(request), { instanceOf: IntegrityError });
  t.deepEqual(await rowsOf(world), { volumes: ["disk available"], backups: ["null available"] });
  await t.throwsAsync(world.read("new.img"), { code: "ENOENT" });
  await fs.rename(world.repositoryPath, `${world.repositoryPath}.away`);
  const error = await t.throwsAsync(service.restoreBackup(request));
  t.false(error instanceof IntegrityError, "a repository that is not there is not damage");
});

/** Ways to spoil a file, of which one is chosen at random. */
function spoil(random: Random, path: string): Promise<void> {
  const ways: readonly (() => Promise<void>)[] = [
    () => remove(path),
    async () => fs.truncate(path, random.below((await fs.stat(path)).size + 1)),
    async () => flip(random.below((await fs.stat(path)).size))(path),
    async () => {
      const bytes = await fs.readFile(path);
      const from = random.below(bytes.length + 1);
      await fs.writeFile(path, bytes.fill(0, from, Math.min(bytes.length, from + random.below(5000))));
    },
    async () => fs.appendFile(path, noise(1 + random.below(100), 3)),
  ];
  return ways[random.below(ways.length)]!();
}

const SEEDS = 15;

const CONTENTS = [undefined, "zlib", "bz2", "zstd"] as const;

for (const compression of CONTENTS) {
  test(`random damage, ${compression ?? "plain objects"}: outside the reported ranges every byte is the original`, async (t) => {
    const { world, service, views, bytes } = await history(t, compression);
    const { id } = views[THIRD].backup;
    const folder = dirname(world.objectPath(views[THIRD], ""));
    await fs.cp(folder, `${folder}.good`, { recursive: true });
    const names = (await fs.readdir(folder)).filter((name) => !name.startsWith("."));
    let restored = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = new Random(seed);
      for (let hits = 1 + random.below(3); hits > 0; hits--) {
        const path = `${folder}/${names[random.below(names.length)]}`;
        if (await fs.stat(path).catch(() => undefined)) await spoil(random, path);
      }
      const request = { backup: id, volume: "./new.img", force: true, salvage: true };
      try {
        const outcome = await service.restoreBackup(request);
        const difference = firstDifference(await world.read("new.img"), without(bytes, outcome));
        t.is(difference, -1, `seed ${seed}: byte ${difference} is wrong and was not reported`);
        restored++;
      } catch (error) {
        t.true(error instanceof IntegrityError, `seed ${seed}: ${error}`);
      }
      for (const name of names) await fs.copyFile(`${folder}.good/${name}`, `${folder}/${name}`);
    }
    t.true(restored > 0.8 * SEEDS, `${restored} of ${SEEDS} were restored`);
  });
}

/** A store that is reached over a network, which changes the first answers for each object. */
class FlippingSink extends SinkLayer {
  readonly #flipsLeft = new Map<string, number>();
  #flipped = /^$/;
  #flipsMax = 0;

  /** Changes the next answers for each object with such a name. */
  flip(names: RegExp, count: number): void {
    this.#flipsLeft.clear();
    this.#flipped = names;
    this.#flipsMax = count;
  }

  override get isRemote(): boolean {
    return true;
  }

  override async open(container: string, name: string): Promise<ObjectReader> {
    const reader = await this.inner.open(container, name);
    const left = this.#flipsLeft.get(name) ?? this.#flipsMax;
    this.#flipsLeft.set(name, left - 1);
    if (left <= 0 || !this.#flipped.test(name)) return reader;
    return {
      size: reader.size,
      readInto: async (buffer) => {
        const count = await reader.readInto(buffer);
        buffer[count >> 1]! ^= 1;
        return count;
      },
      close: () => reader.close(),
    };
  }
}

test("what a network changed is read again, and not lost", async (t) => {
  const { world, service, bytes } = await start(t);
  const sink = new FlippingSink(new MemorySink());
  const repository = "s3://far";
  world.sinks.set(repository, sink);
  const far = service.withSettings({ ...world.settings, repository });
  const { backup } = await world.backup(far, { volume: "disk" });
  sink.flip(/./, 2);
  const request = { backup: backup.id, volume: "./new.img", force: true, salvage: true };
  const { salvage } = await far.restoreBackup(request);
  t.deepEqual(salvage, { lost: [], findings: [] });
  t.is(firstDifference(await world.read("new.img"), bytes), -1);
  sink.flip(/-\d{5}$/, 3);
  const outcome = await far.restoreBackup(request);
  // Three wrong answers are taken for the stored bytes: in the middle of each object a block is lost.
  t.deepEqual(lostBlocks(outcome), [
    [4, 1],
    [12, 1],
    [18, 1],
  ]);
});
