/**
 * Damage to what is stored, at any byte of every file: it has to show, by an `IntegrityError` and nothing else, and
 * nothing that was not verified may reach the target. Every third byte is damaged, from a first one that differs from
 * run to run; `ASHLAR_TEST_FLIPS=all` damages every byte.
 *
 * Two things cannot show. Deflate has spare bits (the padding before a stored block, distances into equal bytes): an
 * object that differs in them decodes to the same bytes, which an independent decoder is asked about. And without the
 * SHA-256 of manifest and table, which the catalog keeps, a field that no restore uses may differ.
 */
import { inflateSync } from "node:zlib";
import test from "ava";
import { openChain } from "../../src/chain/chain.js";
import type { StoredBackup } from "../../src/chain/stored-backup.js";
import { IntegrityError } from "../../src/errors.js";
import { restoreBackup } from "../../src/pipeline/restore.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { CONTAINER, DIRT, dirtyTarget, node, portable, readObject, World, writeObject } from "./world.js";

const BLOCK_SIZE = 64;
/** A short last block; the second chunk does not compress. */
const FIRST: Uint8Array = patched(prose(300), 128, noise(128));
/** The first and the last block changed: the full backup's first object is needed in part, its last not at all. */
const SECOND: Uint8Array = patched(patched(FIRST, 10, noise(20, 2)), 290, prose(8, 3));
const STATES = [FIRST, SECOND];

interface Scene {
  readonly world: World;
  /** Names of the files of each point. */
  readonly files: readonly (readonly string[])[];
  readonly objects: ReadonlyMap<string, { readonly compression: string; readonly plain: Uint8Array }>;
}

async function createScene({ runtime } = node): Promise<Scene> {
  const world = await World.create({
    runtime,
    blockSize: BLOCK_SIZE,
    chunkSize: 2 * BLOCK_SIZE,
    codec: "zlib",
  });
  await world.backup(FIRST);
  await world.backup(SECOND, { incremental: true });
  const names = await world.names();
  const files = world.points.map(({ stored }) => names.filter((name) => name.startsWith(stored.prefix)));
  const objects = new Map<string, { compression: string; plain: Uint8Array }>();
  world.points.forEach(({ result }, point) => {
    for (const { name, offset, length, compression } of result.objects) {
      objects.set(name, { compression, plain: STATES[point]!.subarray(offset, offset + length) });
    }
  });
  return { world, files, objects };
}

/** What a restore made of damaged files: the integrity error it reported, or `undefined` for success. */
async function tryRestore(
  world: World,
  chain: readonly StoredBackup[],
  point: number,
): Promise<IntegrityError | undefined> {
  const target = dirtyTarget(FIRST.length + 7);
  const error = await integrityErrorOf(async () => {
    await restoreBackup(await openChain(chain, world.runtime.hashes), target, world.options);
  });
  const state = STATES[point]!;
  target.bytes.forEach((byte, at) => {
    const isRight = byte === state[at] || (byte === DIRT && (error !== undefined || at >= state.length));
    if (!isRight) throw new Error(`byte ${at} of the target is ${byte}: ${error ?? "reported as restored"}`);
  });
  return error;
}

/** Anything but success or an `IntegrityError` is thrown on. */
async function integrityErrorOf(work: () => Promise<unknown>): Promise<IntegrityError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return error;
    throw error;
  }
}

function withoutCatalog(chain: readonly StoredBackup[]): StoredBackup[] {
  return chain.map((backup) => ({ ...backup, manifestSha256: undefined, digestTableSha256: undefined }));
}

function decodesAlike(
  bytes: Uint8Array,
  { compression, plain }: { compression: string; plain: Uint8Array },
): boolean {
  try {
    return compression === "zlib" && Buffer.compare(inflateSync(bytes), plain) === 0;
  } catch {
    return false;
  }
}

const STEP = process.env.ASHLAR_TEST_FLIPS === "all" ? 1 : 3;
const FIRST_POSITION = Math.floor(Math.random() * STEP);

/** The positions below `length` to damage. A failed test names the one that failed, so it can be repeated with all. */
function* positions(length: number): Iterable<number> {
  for (let at = FIRST_POSITION; at < length; at += STEP) yield at;
}

/** One random bit, and all bits. */
const masks = (at: number): readonly number[] => [1 << (noise(at + 1, 77)[at]! & 7), 0xff];

for (const point of [0, 1]) {
  test(`a flip of any byte of ${point === 0 ? "a full backup" : "an incremental"} is reported`, async (t) => {
    t.timeout(170_000);
    const { world, files, objects } = await createScene();
    const chain = world.storedChain(point);
    let silent = 0;
    for (const name of files[point]!) {
      const bytes = await readObject(world.sink, name);
      for (const at of positions(bytes.length)) {
        for (const mask of masks(at)) {
          const damaged = patched(bytes, at, Uint8Array.of(bytes[at]! ^ mask));
          await writeObject(world.sink, name, damaged);
          const error = await tryRestore(world, chain, point);
          if (error !== undefined) continue;
          const object = objects.get(name);
          if (object === undefined || !decodesAlike(damaged, object))
            t.fail(`byte ${at} of ${name} ^ ${mask}`);
          silent++;
        }
      }
      await writeObject(world.sink, name, bytes);
    }
    t.log(`${silent} flips decode to the same bytes`);
    t.true(silent < 40, "deflate has that few spare bits");
    t.is(await tryRestore(world, chain, point), undefined, "the files are whole again");
  });

  test(`a verification reports what a restore does, point ${point}`, async (t) => {
    t.timeout(170_000);
    const { world, files, objects } = await createScene(portable);
    for (const name of files[point]!) {
      const bytes = await readObject(world.sink, name);
      for (const at of positions(bytes.length)) {
        const damaged = patched(bytes, at, Uint8Array.of(bytes[at]! ^ 0xff));
        await writeObject(world.sink, name, damaged);
        const error = await integrityErrorOf(() => world.restore(point, undefined));
        const object = objects.get(name);
        if (error === undefined && !(object && decodesAlike(damaged, object)))
          t.fail(`byte ${at} of ${name}`);
      }
      await writeObject(world.sink, name, bytes);
    }
    t.is(await integrityErrorOf(() => world.restore(point, undefined)), undefined);
  });
}

test("flips in files of the parent never give wrong data, with and without the catalog", async (t) => {
  t.timeout(170_000);
  const { world, files } = await createScene();
  const known = world.storedChain(1);
  for (const name of files[0]!) {
    const bytes = await readObject(world.sink, name);
    for (const at of positions(bytes.length)) {
      await writeObject(world.sink, name, patched(bytes, at, Uint8Array.of(bytes[at]! ^ masks(at)[0]!)));
      await tryRestore(world, at % 2 === 0 ? known : withoutCatalog(known), 1);
    }
    await writeObject(world.sink, name, bytes);
  }
  t.is(await tryRestore(world, known, 1), undefined);
});

test("without the catalog a flip is reported or does no harm", async (t) => {
  t.timeout(170_000);
  const { world, files } = await createScene();
  const chain = withoutCatalog(world.storedChain(1));
  let reported = 0;
  for (const name of files[1]!) {
    const bytes = await readObject(world.sink, name);
    for (const at of positions(bytes.length)) {
      for (const mask of masks(at)) {
        await writeObject(world.sink, name, patched(bytes, at, Uint8Array.of(bytes[at]! ^ mask)));
        if ((await tryRestore(world, chain, 1)) !== undefined) reported++;
      }
    }
    await writeObject(world.sink, name, bytes);
  }
  t.true(reported > 0);
});

for (const isKnown of [true, false]) {
  test(`a file cut at any length is reported, ${isKnown ? "with" : "without"} the catalog`, async (t) => {
    t.timeout(170_000);
    const { world, files } = await createScene();
    for (const point of [0, 1]) {
      const chain = isKnown ? world.storedChain(point) : withoutCatalog(world.storedChain(point));
      for (const name of files[point]!) {
        const bytes = await readObject(world.sink, name);
        for (const length of positions(bytes.length)) {
          await writeObject(world.sink, name, bytes.subarray(0, length));
          const error = await tryRestore(world, chain, point);
          if (error === undefined) t.fail(`${name} cut to ${length} bytes`);
        }
        await writeObject(world.sink, name, bytes);
      }
    }
    t.pass();
  });

  test(`bytes behind a file's end are reported, ${isKnown ? "with" : "without"} the catalog`, async (t) => {
    const { world, files } = await createScene();
    for (const point of [0, 1]) {
      const chain = isKnown ? world.storedChain(point) : withoutCatalog(world.storedChain(point));
      for (const name of files[point]!) {
        const bytes = await readObject(world.sink, name);
        for (const tail of [Uint8Array.of(0), Uint8Array.of(0x20), bytes, noise(70_000)]) {
          await writeObject(world.sink, name, joined(bytes, tail));
          const error = await tryRestore(world, chain, point);
          const isSpaceInJson = tail.length === 1 && tail[0] === 0x20 && /_(metadata|sha256file)$/.test(name);
          if (isKnown || !isSpaceInJson) t.truthy(error, `${tail.length} bytes behind ${name}`);
        }
        await writeObject(world.sink, name, bytes);
      }
    }
  });
}

test("a missing file is reported by name", async (t) => {
  const { world, files } = await createScene();
  for (const point of [0, 1]) {
    for (const name of files[point]!) {
      const bytes = await readObject(world.sink, name);
      await world.sink.remove(CONTAINER, name);
      const error = await tryRestore(world, world.storedChain(point), point);
      t.is(error?.location.objectName, name);
      await writeObject(world.sink, name, bytes);
    }
  }
});

test("any two files in each other's place are reported", async (t) => {
  const { world, files } = await createScene();
  const all = [...files[0]!, ...files[1]!];
  const contents = await Promise.all(all.map((name) => readObject(world.sink, name)));
  for (let i = 0; i < all.length; i++) {
    for (let j = 0; j < i; j++) {
      await writeObject(world.sink, all[i]!, contents[j]!);
      await writeObject(world.sink, all[j]!, contents[i]!);
      for (const known of [true, false]) {
        const errors = [];
        for (const point of [0, 1]) {
          const chain = world.storedChain(point);
          errors.push(await tryRestore(world, known ? chain : withoutCatalog(chain), point));
        }
        t.true(errors.some(Boolean), `${all[i]} for ${all[j]}`);
      }
      await writeObject(world.sink, all[i]!, contents[i]!);
      await writeObject(world.sink, all[j]!, contents[j]!);
    }
  }
});

test("a chain with a link missing, doubled or in the wrong order is refused", async (t) => {
  const { world } = await createScene();
  const [full, incremental] = world.storedChain(1) as [StoredBackup, StoredBackup];
  for (const chain of [[incremental], [full, full], [incremental, full], [full, incremental, incremental]]) {
    t.truthy(await tryRestore(world, chain, 1));
  }
});
