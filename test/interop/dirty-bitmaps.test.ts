/**
 * Random histories of a disk in qemu-storage-daemon, backed up by its dirty bitmap: with writes while a backup runs,
 * failed and deleted backups, consolidated parents, and bitmaps that forgot what they should know. Every backup of a
 * disk at rest has to be restored as it was, and qemu-img has to find the last one identical with the disk.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { nodeConnect } from "../../src/node/net/connection.js";
import type { Service } from "../../src/service/service.js";
import { openNbdTarget } from "../../src/sources/nbd/open.js";
import type { VolumeTarget } from "../../src/sources/volume.js";
import { KIB, MIB } from "../../src/units.js";
import { Random } from "../fuzz/random.js";
import { temporaryDirectory } from "../helpers/temporary-directory.js";
import { firstDifference } from "../pipeline/world.js";
import { World } from "../service/fixture.js";
import { run } from "../stores/daemon.js";
import { BITMAP, StorageDaemon } from "./storage-daemon.js";

const SIZE = 6 * MIB;
const BLOCK_SIZE = 4 * KIB;
const STEPS = 30;
/** Every claim is checked, so that a wrong one is detected for certain. */
const SAMPLE = SIZE / BLOCK_SIZE;

interface Point {
  readonly id: string;
  /** `undefined` if the disk was written while the backup ran. */
  readonly bytes: Uint8Array | undefined;
}

class History {
  readonly #world: World;
  readonly #service: Service;
  readonly #daemon: StorageDaemon;
  #disk: VolumeTarget | undefined;
  readonly #random: Random;
  /** What was written to the disk. */
  readonly #bytes = new Uint8Array(SIZE);
  readonly #points: Point[] = [];
  /** Backups that used the bitmap, and backups that refused it. */
  readonly counts = { told: 0, refused: 0 };

  constructor(parts: { world: World; service: Service; daemon: StorageDaemon; random: Random }) {
    this.#world = parts.world;
    this.#service = parts.service;
    this.#daemon = parts.daemon;
    this.#random = parts.random;
  }

  async write(): Promise<void> {
    const length = 1 + this.#random.below(40 * KIB);
    const offset = this.#random.below(SIZE - length);
    const bytes = this.#random.below(4) === 0 ? new Uint8Array(length) : this.#random.bytes(length);
    this.#bytes.set(bytes, offset);
    this.#disk ??= await openNbdTarget(nodeConnect, this.#daemon.url, { size: SIZE });
    await this.#disk.write(bytes, offset);
  }

  async backup(isIncremental: boolean, isLive = false): Promise<void> {
    const hints = isIncremental ? { bitmap: BITMAP } : undefined;
    const request = { volume: this.#daemon.url, incremental: isIncremental, hints };
    const created = this.#world.backup(this.#service, request);
    if (isLive) for (let count = 5; count > 0; count--) await this.write();
    const { backup } = await created;
    if (isIncremental) this.counts[backup.hintsRefused === null ? "told" : "refused"]++;
    this.#points.push({ id: backup.id, bytes: isLive ? undefined : this.#bytes.slice() });
  }

  async failedBackup(): Promise<void> {
    const stopped = AbortSignal.timeout(this.#random.below(20));
    const hints = { bitmap: BITMAP };
    const request = { volume: this.#daemon.url, incremental: true, hints, signal: stopped };
    const created = await this.#world.backup(this.#service, request).catch(() => undefined);
    // It may have ended before it was stopped.
    if (created !== undefined) this.#points.push({ id: created.backup.id, bytes: this.#bytes.slice() });
  }

  async deleteLast(): Promise<void> {
    if (this.#points.length > 1) await this.#service.deleteBackup(this.#points.pop()!.id);
  }

  async consolidateLast(): Promise<void> {
    const { id } = this.#points.at(-1)!;
    if ((await this.#service.findBackup(id)).backup.parentId !== null)
      await this.#service.consolidateBackup({ backup: id });
  }

  /** Begins the bitmap again. That is right after a backup at rest, as long as the backup is not deleted. */
  async rotate(): Promise<void> {
    await this.close();
    await this.#daemon.replaceBitmap();
  }

  /** Ends the connection by which the disk is written. */
  async close(): Promise<void> {
    await this.#disk?.close();
    this.#disk = undefined;
  }

  async step(): Promise<void> {
    for (let count = this.#random.below(4); count > 0; count--) await this.write();
    switch (this.#random.below(9)) {
      case 0:
        return await this.backup(true, true);
      case 1:
        return await this.failedBackup();
      case 2:
        return await this.deleteLast();
      case 3:
        return await this.consolidateLast();
      case 4:
        return await this.rotate();
      default:
        return await this.backup(true);
    }
  }

  async check(t: ExecutionContext, directory: string): Promise<void> {
    await this.backup(true);
    const pathOf = ({ id }: Point): string => join(directory, id);
    for (const point of this.#points.filter(({ bytes }) => bytes !== undefined)) {
      await this.#service.restoreBackup({ backup: point.id, volume: pathOf(point) });
      t.is(firstDifference(await readFile(pathOf(point)), point.bytes!), -1, point.id);
    }
    const compared = ["compare", "-f", "raw", "-F", "raw", this.#daemon.url, pathOf(this.#points.at(-1)!)];
    t.regex(await run("qemu-img", compared), /identical/);
  }
}

for (const seed of [1, 2])
  test(`a history by bitmaps, seed ${seed}: every restore point is right`, async (t) => {
    const directory = await temporaryDirectory(t);
    const daemon = await StorageDaemon.start(t, directory, SIZE);
    const world = await World.create(t);
    const settings = {
      blockSize: BLOCK_SIZE,
      fileSize: 128 * BLOCK_SIZE,
      hintSample: SAMPLE,
      fullReadInterval: 0,
    };
    const service = await world.open({ settings });
    const history = new History({ world, service, daemon, random: new Random(20_261_129 + seed) });
    for (let count = 20; count > 0; count--) await history.write();
    await history.backup(false);
    await history.write();
    await history.backup(true);
    t.deepEqual(history.counts, { told: 1, refused: 0 });
    for (let step = 0; step < STEPS; step++) await history.step();
    await history.backup(true);
    const { refused } = history.counts;
    await history.write();
    await history.rotate();
    await history.check(t, directory);
    t.log(history.counts);
    t.is(history.counts.refused, refused + 1, "a bitmap that had forgotten a write was believed");
    await history.close();
    await service.close();
  });
