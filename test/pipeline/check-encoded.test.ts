/** Objects that are decoded before they are stored: no fault of an encoder becomes a backup. */
import test from "ava";
import type { Codec, CodecId, Encoder, ObjectEncoder } from "../../src/codecs/codec.js";
import { IntegrityError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { Profile } from "../../src/pipeline/run/profile.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { KIB, MIB } from "../../src/units.js";
import { joined, noise, patched, prose } from "./volume-bytes.js";
import { firstDifference, runtimes, World } from "./world.js";

/** Changes what an encoder returns. */
type Fault = (encoded: Uint8Array) => Uint8Array;

const FAULTS: Readonly<Record<string, Fault>> = {
  "a flipped bit in the middle"(encoded) {
    const middle = encoded.length >> 1;
    return patched(encoded, middle, Uint8Array.of(encoded[middle]! ^ 4));
  },
  "a lost end": (encoded) => encoded.subarray(0, encoded.length - 9),
  "nothing but zeros": (encoded) => new Uint8Array(encoded.length),
};

function faulty(codec: Codec, fault: Fault): Codec {
  const broken = async (encoded: Promise<Uint8Array>): Promise<Uint8Array> => {
    const bytes = await encoded;
    return bytes.length < 16 ? bytes : fault(bytes);
  };
  const ofObject = (object: ObjectEncoder): ObjectEncoder => ({
    encode: (piece, isZero) => broken(object.encode(piece, isZero)),
    finish: () => object.finish(),
    release: () => {},
    abandon: () => object.abandon(),
  });
  const ofEncoder = (encoder: Encoder): Encoder =>
    encoder.kind === "whole"
      ? { ...wholeOf(encoder), encode: (plain, isZero) => broken(encoder.encode(plain, isZero)) }
      : { kind: "pieces", start: (length) => ofObject(encoder.start(length)) };
  return {
    id: codec.id,
    memory: codec.memory,
    encoder: (isLengthKnown) => ofEncoder(codec.encoder(isLengthKnown)),
    decoder: (plainMax) => codec.decoder(plainMax),
  };
}

function wholeOf(encoder: Extract<Encoder, { kind: "whole" }>) {
  const { maxInput, maxRemoteInput, concurrency } = encoder;
  return { kind: "whole", maxInput, maxRemoteInput, concurrency, release: () => {} } as const;
}

function withCodec(runtime: Runtime, codec: Codec): Runtime {
  return { ...runtime, compute: (options) => runtime.compute(options), codecs: new Map([[codec.id, codec]]) };
}

const GEOMETRY = { blockSize: 32 * KIB, chunkSize: 1536 * KIB };
const VOLUME = joined(prose(MIB + 5), noise(MIB / 4), new Uint8Array(2 * MIB), prose(300 * KIB, 2));

for (const { title, runtime } of runtimes) {
  for (const id of runtime.codecs.keys() as Iterable<Codec["id"]>) {
    test(`${title}, ${id}: a codec that returns wrong bytes fails the backup and leaves nothing`, async (t) => {
      // Of every length: one piece, several, more than one object.
      for (const volume of [prose(20 * KIB), prose(1700 * KIB)]) {
        for (const [name, fault] of Object.entries(FAULTS)) {
          const codec = faulty(runtime.codecs.get(id)!, fault);
          const world = await World.create({ ...GEOMETRY, runtime: withCodec(runtime, codec), codec: id });
          world.options.checkEncoded = true;
          const error = await t.throwsAsync(world.backup(volume), { instanceOf: IntegrityError }, name);
          t.regex(
            error.message,
            new RegExp(`^Cannot store object: its ${id} data is not what was encoded: `),
          );
          t.is(error.location.offset, 0);
          t.deepEqual(await world.names(), [], name);
        }
      }
    });

    test(`${title}, ${id}: bytes of another place that decode without error are found by their MD5`, async (t) => {
      const other = runtime.codecs.get(id)!;
      const codec = swapping(other);
      const options = { ...GEOMETRY, runtime: withCodec(runtime, codec), codec: id as CodecId };
      const world = await World.create({ ...options, checkEncoded: true });
      await t.throwsAsync(world.backup(prose(20 * KIB)), { message: /it decodes to bytes of MD5 / });
      const unchecked = await World.create(options);
      await unchecked.backup(prose(20 * KIB));
      await t.throwsAsync(unchecked.restore(0, undefined), { instanceOf: IntegrityError });
    });

    test(`${title}, ${id}: what is right is stored, within the plan`, async (t) => {
      const stored = async (checkEncoded: boolean): Promise<unknown> => {
        const world = await World.create({ ...GEOMETRY, runtime, codec: id, checkEncoded });
        const profile = new Profile(nodeClock);
        const full = await world.backup(VOLUME, { profile });
        const changed = patched(VOLUME, 500_000, prose(300 * KIB, 9));
        const second = await world.backup(changed, { incremental: true });
        for (const { memory, accountedPeak } of [full, second]) t.true(accountedPeak <= memory.accounted);
        t.is(profile.stages.map(({ stage }) => stage).includes("check"), checkEncoded);
        t.is(firstDifference(await world.restoredNew(1, changed.length), changed), -1);
        return [full.objects, second.objects];
      };
      t.deepEqual(await stored(true), await stored(false));
    });
  }
}

/** Encodes what it should have encoded the wrong way round: as a buffer that was filled again too early. */
function swapping(codec: Codec): Codec {
  const reversed = (bytes: Uint8Array): Uint8Array => bytes.slice().reverse();
  const encoderOf = (encoder: Encoder): Encoder => {
    if (encoder.kind === "whole")
      return { ...wholeOf(encoder), encode: (plain) => encoder.encode(reversed(plain), false) };
    return {
      kind: "pieces",
      start(length) {
        const object = encoder.start(length);
        return {
          encode: (piece) => object.encode(reversed(piece), false),
          finish: () => object.finish(),
          release: () => {},
          abandon: () => object.abandon(),
        };
      },
    };
  };
  return {
    id: codec.id,
    memory: codec.memory,
    encoder: (isLengthKnown) => encoderOf(codec.encoder(isLengthKnown)),
    decoder: (plainMax) => codec.decoder(plainMax),
  };
}
