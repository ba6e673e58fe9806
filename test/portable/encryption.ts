/** Encrypted backups with every codec, on any runtime; and what a changed, moved or cut object becomes. */
import { toHex, toUtf8 } from "../../src/bytes.js";
import type { CodecId } from "../../src/codecs/codec.js";
import { EncryptedSink } from "../../src/encryption/encrypted-sink.js";
import type { KeyRing } from "../../src/encryption/key-ring.js";
import { RepositoryKey } from "../../src/encryption/repository-key.js";
import { IntegrityError } from "../../src/errors.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { MemoryTarget } from "../../src/sources/memory.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";
import { CONTAINER, firstDifference, readObject, World, writeObject } from "./world.js";

/** A ring of one key, which the test knows. */
export async function fixedRing(first = 0): Promise<KeyRing> {
  const key = await RepositoryKey.from(Uint8Array.from({ length: 32 }, (_, i) => first + i));
  return {
    sealing: async () => key,
    async opening(id) {
      if (id === key.id) return key;
      throw new IntegrityError(`no key ${id}`);
    },
  };
}

/** Incompressible at its start, so that an object has several segments. */
const VOLUME = joined(noise(MIB + 70_000), prose(100_000), new Uint8Array(100_000), noise(77));
const CHANGED = patched(patched(VOLUME, 5000, noise(70_000, 9)), MIB, prose(100_000, 3));

export function encryptionTests(test: PortableTest, runtime: Runtime): void {
  const ids: readonly CodecId[] = ["none", ...runtime.codecs.keys()];
  for (const codec of ids) {
    test(`encryption, ${codec}: a chain comes back, and the store has nothing of it`, async (t) => {
      const stored = new MemorySink();
      const sink = new EncryptedSink(stored, await fixedRing());
      const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize: 8 * MIB, codec, sink });
      const results = [await world.backup(VOLUME), await world.backup(CHANGED, { incremental: true })];
      for (const [point, volume] of [VOLUME, CHANGED].entries()) {
        const target = new MemoryTarget({ size: volume.length });
        const { accountedPeak, memory } = await world.restore(point, target);
        t.is(firstDifference(target.bytes, volume), -1, `point ${point}`);
        t.true(accountedPeak <= memory.accounted);
        await world.restore(point, undefined);
      }
      const secrets = results
        .flatMap(({ objects }) => objects.map(({ contentMd5 }) => contentMd5))
        .concat(VOLUME_BLOCK_HEX);
      for await (const { name } of stored.list(CONTAINER, "")) {
        const bytes = await readObject(stored, name);
        const text = String.fromCharCode(...bytes.subarray(0, 65_536)) + toHex(bytes.subarray(0, 65_536));
        t.is(
          secrets.find((secret) => text.includes(secret)),
          undefined,
          name,
        );
      }
    });
  }

  test("encryption: whatever is done to a stored object is noticed, and no wrong byte is restored", async (t) => {
    const stored = new MemorySink();
    const sink = new EncryptedSink(stored, await fixedRing());
    const world = await World.create({ runtime, blockSize: 32 * KIB, chunkSize: 3 * MIB, sink });
    const volume = noise(2 * MIB + 100);
    await world.backup(volume);
    const names = await namesIn(stored);
    for (const [index, name] of names.entries()) {
      const good = await readObject(stored, name);
      const other = await readObject(stored, names[(index + 1) % names.length]!);
      for (const [title, bad] of damages(good, other)) {
        await writeObject(stored, name, bad);
        const target = new MemoryTarget({ size: volume.length });
        await t.throwsAsync(world.restore(0, target), { instanceOf: IntegrityError }, `${name}: ${title}`);
        const wrong = target.bytes.findIndex((byte, at) => byte !== 0 && byte !== volume[at]);
        t.is(wrong, -1, `${name}: ${title}`);
      }
      await writeObject(stored, name, good);
    }
    await world.restore(0, undefined);
  });
}

const VOLUME_BLOCK_HEX: string = toHex(VOLUME.subarray(0, 16));

async function namesIn(sink: ObjectSink): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of sink.list(CONTAINER, "")) names.push(name);
  return names.sort();
}

const [HEADER_SIZE, SEALED_SIZE] = [56, MIB + 16];

/** Objects in place of `good`. */
function* damages(good: Uint8Array, other: Uint8Array): Generator<[title: string, bytes: Uint8Array]> {
  for (const at of [0, 10, 30, HEADER_SIZE, Math.floor(good.length / 2), good.length - 3]) {
    const flipped = good.slice();
    flipped[at]! ^= 1;
    yield [`bit at ${at}`, flipped];
  }
  yield ["another object", other];
  yield ["cut by a byte", good.subarray(0, -1)];
  yield ["a byte more", joined(good, toUtf8("x"))];
  yield ["empty", new Uint8Array(0)];
  yield ["header alone", good.subarray(0, HEADER_SIZE)];
  const segments: Uint8Array[] = [];
  for (let at = HEADER_SIZE; at < good.length; at += SEALED_SIZE)
    segments.push(good.subarray(at, at + SEALED_SIZE));
  if (segments.length < 3) return;
  const header = good.subarray(0, HEADER_SIZE);
  yield ["without the last segment", joined(header, ...segments.slice(0, -1))];
  yield ["without the first segment", joined(header, ...segments.slice(1))];
  yield ["swapped", joined(header, segments[1]!, segments[0]!, ...segments.slice(2))];
  yield ["doubled", joined(header, segments[0]!, segments[0]!, ...segments.slice(2))];
  yield ["lengthened", joined(header, segments[0]!, ...segments)];
}
