/** Runs that go on past damage: every byte of the volume is either verified or told to be lost, and only the former written. */
import type { CodecId } from "../../src/codecs/codec.js";
import { IntegrityError } from "../../src/errors.js";
import { startProgress } from "../../src/pipeline/run/run.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import type { Damage, VerifiedBlocks } from "../../src/pipeline/stages/findings.js";
import { putObject } from "../../src/testing/objects.js";
import type { PortableTest } from "./assertions.js";
import { CONTAINER, DIRT, dirtyTarget, readObject, World } from "./world.js";

const BLOCK_SIZE = 4096;
const CHUNK_SIZE: number = 16 * BLOCK_SIZE;
/** More objects than a run has buffers: those that fail have to give theirs back. */
const CHUNK_COUNT = 40;
const VOLUME_SIZE: number = CHUNK_COUNT * CHUNK_SIZE - 100;

/** Lines that compress, all of them different, so that a wrong byte does not hide. */
function volumeBytes(): Uint8Array {
  const bytes = new Uint8Array(VOLUME_SIZE);
  for (let i = 0; i < bytes.length; i++) bytes[i] = 1 + (((i >> 6) * 37 + (i & 63)) % 250);
  return bytes;
}

async function damageObject(
  world: World,
  name: string,
  change: (bytes: Uint8Array) => Uint8Array,
): Promise<void> {
  await putObject(world.sink, { container: CONTAINER, name }, change(await readObject(world.sink, name)));
}

interface Findings {
  readonly restored: Uint8Array;
  readonly verified: readonly VerifiedBlocks[];
  readonly damages: readonly Damage[];
  readonly bytesDone: number;
}

async function restorePast(world: World, point: number): Promise<Findings> {
  const target = dirtyTarget(VOLUME_SIZE);
  const verified: VerifiedBlocks[] = [];
  const damages: Damage[] = [];
  const progress = startProgress();
  await world.restore(point, target, {
    progress,
    onVerified: (blocks) => verified.push({ ...blocks, digests: blocks.digests.slice() }),
    onDamage: (damage) => damages.push(damage),
  });
  return { restored: target.bytes, verified, damages, bytesDone: progress.bytesDone };
}

/** What the findings say of each block: `v`erified, `l`ost, or twice or never told of. */
function blockStates({ verified, damages }: Findings): string[] {
  const states = Array.from({ length: Math.ceil(VOLUME_SIZE / BLOCK_SIZE) }, () => "");
  const mark = ({ offset, length }: { offset: number; length: number }, state: string): void => {
    for (let at = offset; at < offset + length; at += BLOCK_SIZE) states[at / BLOCK_SIZE] += state;
  };
  for (const range of verified) mark(range, "v");
  for (const { range } of damages) if (range !== undefined) mark(range, "l");
  return states;
}

export function findingTests(test: PortableTest, runtime: Runtime): void {
  for (const codec of ["none", "zlib", "bz2", "zstd"] as const) damagedObjects(test, runtime, codec);
  wholeVolume(test, runtime);
  exactBlocks(test, runtime);
  frames(test, runtime);
}

function damagedObjects(test: PortableTest, runtime: Runtime, codec: CodecId): void {
  test(`${codec}: a restore goes on past objects that are damaged, cut, or empty`, async (t) => {
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, codec });
    const bytes = volumeBytes();
    const { objects } = await world.backup(bytes);
    t.is(objects.length, CHUNK_COUNT);
    const damaged = new Set<number>();
    const damage = async (index: number, change: (stored: Uint8Array) => Uint8Array): Promise<void> => {
      damaged.add(index);
      await damageObject(world, objects[index]!.name, change);
    };
    // Most of them, the last among them, in three ways.
    for (let index = 1; index < CHUNK_COUNT; index += index % 10 === 8 ? 2 : 1) {
      const ways = [
        flipMiddle,
        (stored: Uint8Array) => stored.subarray(0, stored.length >> 1),
        () => new Uint8Array(0),
      ];
      await damage(index, ways[index % 3]!);
    }
    const found = await restorePast(world, 0);
    const states = blockStates(found);
    t.true(
      states.every((state) => state === "v" || state === "l"),
      states.join(" "),
    );
    t.is(found.bytesDone, VOLUME_SIZE);
    states.forEach((state, block) => {
      const [from, to] = [block * BLOCK_SIZE, Math.min((block + 1) * BLOCK_SIZE, VOLUME_SIZE)];
      const isExact = found.restored.subarray(from, to).every((byte, i) => byte === bytes[from + i]);
      const isUntouched = found.restored.subarray(from, to).every((byte) => byte === DIRT);
      t.true(state === "v" ? isExact : isUntouched, `block ${block} is ${state}`);
      const isDamaged = damaged.has(Math.floor(from / CHUNK_SIZE));
      if (!isDamaged) t.is(state, "v", `block ${block} is in a good object`);
    });
    const named = new Set(found.damages.map(({ error }) => error.location.objectName));
    t.deepEqual(
      [...damaged].filter((index) => !named.has(objects[index]!.name)),
      [],
    );
    await t.throwsAsync(world.restore(0, undefined), { instanceOf: IntegrityError });
  });
}

function flipMiddle(stored: Uint8Array): Uint8Array {
  const copy = stored.slice();
  copy[copy.length >> 1]! ^= 0x10;
  return copy;
}

function wholeVolume(test: PortableTest, runtime: Runtime): void {
  test("of a good chain every block is verified once, with its link and its digest", async (t) => {
    const world = await World.create({
      runtime,
      blockSize: BLOCK_SIZE,
      chunkSize: CHUNK_SIZE,
      codec: "zlib",
    });
    const bytes = volumeBytes();
    await world.backup(bytes);
    const changed = [0, 17, 18, 639];
    for (const block of changed) bytes[block * BLOCK_SIZE + 5]! ^= 0xff;
    await world.backup(bytes, { incremental: true });
    const found = await restorePast(world, 1);
    t.deepEqual(found.damages, []);
    t.true(blockStates(found).every((state) => state === "v"));
    const newest = found.verified
      .filter(({ linkIndex }) => linkIndex === 1)
      // Objects are read side by side.
      .sort((a, b) => a.offset - b.offset)
      .flatMap(({ offset, length }) => [offset / BLOCK_SIZE, Math.ceil(length / BLOCK_SIZE)]);
    t.deepEqual(newest, [0, 1, 17, 2, 639, 1]);
    for (const { offset, length, digests } of found.verified) {
      t.is(digests.length, 32 * Math.ceil(length / BLOCK_SIZE));
      const block = bytes.slice(offset, Math.min(offset + BLOCK_SIZE, VOLUME_SIZE));
      t.deepEqual(digests.subarray(0, 32), new Uint8Array(await crypto.subtle.digest("SHA-256", block)));
    }
  });
}

function exactBlocks(test: PortableTest, runtime: Runtime): void {
  test("plain objects lose the very blocks that are wrong", async (t) => {
    const world = await World.create({
      runtime,
      blockSize: BLOCK_SIZE,
      chunkSize: CHUNK_SIZE,
      codec: "none",
    });
    const { objects } = await world.backup(volumeBytes());
    const wrong = [0, 3, 4, 15];
    await damageObject(world, objects[2]!.name, (stored) => {
      const copy = stored.slice();
      for (const block of wrong) copy[block * BLOCK_SIZE]! ^= 1;
      return copy;
    });
    const { damages } = await restorePast(world, 0);
    const lost = damages.map(({ range }) => [
      (range!.offset - 2 * CHUNK_SIZE) / BLOCK_SIZE,
      range!.length / BLOCK_SIZE,
    ]);
    t.deepEqual(lost, [
      [0, 1],
      [3, 2],
      [15, 1],
    ]);
    t.is(damages[1]!.error.location.blockIndex, 35);
    t.is(damages[1]!.error.location.objectName, objects[2]!.name);
  });
}

function frames(test: PortableTest, runtime: Runtime): void {
  test("an object with something behind its end loses no block, and is told of", async (t) => {
    const world = await World.create({ runtime, blockSize: BLOCK_SIZE, chunkSize: CHUNK_SIZE, codec: "bz2" });
    const bytes = volumeBytes();
    const { objects } = await world.backup(bytes);
    const other = await readObject(world.sink, objects[1]!.name);
    await damageObject(world, objects[0]!.name, (stored) => {
      const longer = new Uint8Array(stored.length + other.length);
      longer.set(stored);
      longer.set(other, stored.length);
      return longer;
    });
    const { damages, restored } = await restorePast(world, 0);
    t.is(damages.length, 1);
    t.is(damages[0]!.range, undefined);
    t.is(damages[0]!.error.location.objectName, objects[0]!.name);
    t.true(restored.every((byte, i) => byte === bytes[i]));
  });
}
