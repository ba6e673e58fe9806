/**
 * Mutated frames and noise for the portable zstd decoder: it may refuse them or decode them, quickly, within its
 * memory, and where a frame has a checksum never to anything but what was encoded. Where Node has zstd, that has to
 * agree on what comes out.
 */

import type { Buffer } from "node:buffer";
import type { Codec } from "../../src/codecs/codec.js";
import { nativeZstdDecoder } from "../../src/node/codecs/zstd/decoder.js";
import { nativeZstd } from "../../src/node/codecs/zstd/native.js";
import { wholeOf } from "../codecs/streams.js";
import { packageZstd, pooledZstd } from "../codecs/zstd/peers.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { type FuzzOptions, type FuzzResult, outcomeOf, PLAIN_SIZE_MAX } from "./outcome.js";
import { Random } from "./random.js";

export interface ZstdFuzzResult extends FuzzResult {
  /** Refused here, but decoded by Node, which lets Huffman streams end elsewhere than RFC 8878 §4.2.2 has them end. */
  readonly refusedAlone: number;
}

interface Seed {
  readonly plain: Uint8Array;
  readonly frame: Uint8Array;
  readonly hasChecksum: boolean;
}

const portable: Codec = packageZstd();
const native: Codec | undefined =
  nativeZstd === undefined ? undefined : { ...pooledZstd(), decoder: () => nativeZstdDecoder(nativeZstd!) };

/** Every encoder has an instance of its own, of tens of megabytes. */
let seedsOnce: Promise<readonly Seed[]> | undefined;

/** @throws Error naming seed and execution for the first wrong outcome */
export async function fuzzZstd({ executions, seed }: FuzzOptions): Promise<ZstdFuzzResult> {
  seedsOnce ??= makeSeeds();
  const seeds = await seedsOnce;
  const random = new Random(seed);
  const result = { decoded: 0, refused: 0, refusedAlone: 0, slowestMs: 0 };
  for (let i = 0; i < executions; i++) {
    const origin = seeds[random.below(seeds.length)]!;
    const data = mutate(origin.frame, random);
    const started = performance.now();
    const plain = await outcomeOf(portable, data);
    result.slowestMs = Math.max(result.slowestMs, performance.now() - started);
    if (plain === undefined) result.refused++;
    else result.decoded++;
    const where = `seed ${seed}, execution ${i}`;
    if (plain !== undefined) checkChecksum(plain, { data, origin, where });
    const expected = native === undefined ? undefined : await outcomeOf(native, data);
    if (expected === undefined) continue;
    if (plain === undefined) result.refusedAlone++;
    else compare(plain, expected, where);
  }
  return result;
}

function checkChecksum(
  plain: Buffer,
  { data, origin, where }: { data: Uint8Array; origin: Seed; where: string },
): void {
  const isSigned = origin.hasChecksum && (data[4]! & 0x04) !== 0 && data.length === origin.frame.length;
  const trailer = data.subarray(-4).every((byte, i) => byte === origin.frame.at(i - 4));
  if (isSigned && trailer && !plain.equals(origin.plain))
    throw new Error(`wrong bytes passed a checksum: ${where}`);
}

/** What both decode has to be the same. */
function compare(plain: Buffer, expected: Buffer, where: string): void {
  const length = Math.min(plain.length, expected.length, PLAIN_SIZE_MAX);
  const isSame = plain.subarray(0, length).equals(expected.subarray(0, length));
  const areWhole = plain.length < PLAIN_SIZE_MAX && expected.length < PLAIN_SIZE_MAX;
  if (!isSame || (areWhole && plain.length !== expected.length))
    throw new Error(`decoders disagree: ${where}`);
}

async function makeSeeds(): Promise<Seed[]> {
  const plains = [
    prose(3000),
    joined(prose(400), noise(100), prose(700, 2), new Uint8Array(900), noise(30, 2), prose(500)),
    noise(700).map((byte) => byte & 0x13),
    joined(...Array.from({ length: 90 }, (_, i) => prose(10 + (i % 23), i % 9))),
    new Uint8Array(200_000),
    joined(
      noise(140_000).map((byte) => byte & 3),
      prose(5000),
    ),
  ];
  const seeds: Seed[] = [];
  for (const level of [1, 3, 19]) {
    const whole = wholeOf(packageZstd({ level }));
    for (const plain of plains) {
      const frame = await whole.encode(plain, false);
      const unsigned = frame.slice(0, -4);
      unsigned[4]! &= ~0x04;
      seeds.push({ plain, frame, hasChecksum: true }, { plain, frame: unsigned, hasChecksum: false });
    }
  }
  return seeds;
}

function mutate(frame: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const kind = random.below(10);
  if (kind === 0) {
    const bytes = random.bytes(random.below(300));
    bytes.set(frame.subarray(0, Math.min(random.below(20), bytes.length)));
    return bytes;
  }
  if (kind === 1) return new Uint8Array(frame.subarray(0, random.below(frame.length)));
  const bytes = new Uint8Array(frame);
  // The tables at the beginning of a block decide most of what follows.
  const reach = random.below(2) === 0 ? bytes.length : Math.min(bytes.length, 80);
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(reach);
    if (random.below(2) === 0) bytes[at]! ^= 1 << random.below(8);
    else bytes[at] = random.below(256);
  }
  return bytes;
}
