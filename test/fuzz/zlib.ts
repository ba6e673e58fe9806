/**
 * Whole and damaged zlib streams and noise for both zlib decoders. Whole streams have to be decoded. Others may be
 * refused or decoded, and where the stream's checksum at its end was left as it is, never to anything but what was
 * encoded.
 */
import { Buffer } from "node:buffer";
import { deflateSync } from "node:zlib";
import type { Codec } from "../../src/codecs/codec.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { nodeZlibCodec } from "../../src/node/codecs/zlib/codec.js";
import { joined, noise, prose } from "../pipeline/volume-bytes.js";
import { type FuzzOptions, type FuzzResult, outcomeOf } from "./outcome.js";
import { Random } from "./random.js";

interface Origin {
  readonly plain: Buffer;
  readonly stream: Buffer;
}

const PLAINS: readonly Uint8Array[] = [
  new Uint8Array(0),
  prose(3000),
  joined(prose(400), noise(100), prose(700, 2), new Uint8Array(900), noise(30, 2)),
  noise(700),
  new Uint8Array(300_000),
];

const ORIGINS: readonly Origin[] = PLAINS.flatMap((plain) =>
  [0, 1, 6, 9].map((level) => ({ plain: Buffer.from(plain), stream: deflateSync(plain, { level }) })),
);

/** @throws Error naming seed and execution for the first wrong outcome */
export async function fuzzZlib({ executions, seed }: FuzzOptions): Promise<FuzzResult> {
  const codecs: readonly Codec[] = [await nodeZlibCodec(), zlibCodec()];
  const random = new Random(seed);
  let decoded = 0;
  let slowestMs = 0;
  for (let execution = 0; execution < executions; execution++) {
    const origin = ORIGINS[random.below(ORIGINS.length)]!;
    const data = damaged(origin.stream, random);
    const started = performance.now();
    const plain = await outcomeOf(codecs[execution % codecs.length]!, data);
    slowestMs = Math.max(slowestMs, performance.now() - started);
    if (plain === undefined) {
      if (origin.stream.equals(data))
        throw new Error(`a whole stream was refused: seed ${seed}, execution ${execution}`);
      continue;
    }
    decoded++;
    if (isSigned(data, origin) && !plain.equals(origin.plain))
      throw new Error(`wrong bytes passed a checksum: seed ${seed}, execution ${execution}`);
  }
  return { decoded, refused: executions - decoded, slowestMs };
}

/** Whether the checksum is where it was. Bytes behind it are ignored by some decoders (see `zlibCodec`). */
function isSigned(data: Uint8Array, { stream }: Origin): boolean {
  return data.length === stream.length && stream.subarray(-4).equals(data.subarray(-4));
}

function damaged(stream: Buffer, random: Random): Uint8Array<ArrayBuffer> {
  const kind = random.below(10);
  if (kind === 0) return Uint8Array.of(0x78, 0x9c, ...random.bytes(random.below(300)));
  if (kind === 1) return new Uint8Array(stream.subarray(0, random.below(stream.length)));
  if (kind === 2) return joined(stream, random.bytes(1 + random.below(20)));
  const bytes = new Uint8Array(stream);
  // Whole, so that the decoders' memory is used again after one that was refused.
  if (kind === 3) return bytes;
  for (let count = 1 + random.below(4); count > 0; count--) {
    const at = random.below(bytes.length);
    if (random.below(2) === 0) bytes[at]! ^= 1 << random.below(8);
    else bytes[at] = random.below(256);
  }
  return bytes;
}
