/** The codecs under test, what they are held against, and frames that are made by hand. */

import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import type { Codec } from "../../../src/codecs/codec.js";
import { zstdCodec } from "../../../src/codecs/zstd/codec.js";
import type { ZstdOptions } from "../../../src/codecs/zstd/level.js";
import { freeBuffer } from "../../../src/node/codecs/free.js";
import { nodeZstdCodec } from "../../../src/node/codecs/zstd/codec.js";
import { nativeZstdDecoder } from "../../../src/node/codecs/zstd/decoder.js";
import { instantiateFresh } from "../../../src/node/codecs/zstd/instance.js";
import { type NativeZstd, nativeZstd } from "../../../src/node/codecs/zstd/native.js";
import { nodePool } from "../../../src/node/threads/pool.js";
import { streamOf } from "../stream-of.js";

/** Bytes of windows, which no block has. */
const WINDOW_SIZE = 99_991;

export interface NamedCodec {
  readonly title: string;
  readonly codec: Codec;
}

const pool = nodePool();

/** zstd on the threads of a pool that all tests of a file share. */
export function pooledZstd(options: ZstdOptions = {}): Codec {
  return nodeZstdCodec({ ...options, pool });
}

/** The portable codec, with an instance of its own. */
export function packageZstd(options: ZstdOptions = {}): Codec {
  return zstdCodec({ ...options, instantiate: instantiateFresh, free: freeBuffer });
}

/** Titles by which another process picks a codec. */
export const PORTABLE = "portable";
export const NATIVE = "node:zlib, this thread";

/** What runtimes without zstd have, and Node's own, on the pool's threads and on this one. The portable codec's only instance comes last. */
export const codecs: readonly NamedCodec[] = [
  { title: "an instance of its own", codec: packageZstd() },
  { title: "pool", codec: pooledZstd() },
  ...(nativeZstd === undefined ? [] : [{ title: NATIVE, codec: inline(nativeZstd) }]),
  { title: PORTABLE, codec: zstdCodec() },
];

function inline(native: NativeZstd): Codec {
  return { ...pooledZstd(), decoder: () => nativeZstdDecoder(native) };
}

/** Output of the `zstd` command. */
export function zstd(args: readonly string[], input: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync("zstd", [...args], { input, maxBuffer: 2 ** 30 });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`zstd ${args.join(" ")} ended with ${status}: ${stderr}`);
  return stdout;
}

/** Whether the command is there: what only it can tell is left out where it is not. */
export const hasZstd: boolean = spawnSync("zstd", ["--version"]).status === 0;

const PYTHON = "/usr/bin/python3";
/** Whether the module with which the reference system reads is there. */
export const hasPythonZstd: boolean = spawnSync(PYTHON, ["-c", "import zstd"]).status === 0;

/** `frame` as the reference system decodes it. */
export function pythonDecodes(frame: Uint8Array): Buffer {
  const code = "import sys, zstd; sys.stdout.buffer.write(zstd.decompress(sys.stdin.buffer.read()))";
  const { status, stdout, stderr } = spawnSync(PYTHON, ["-c", code], { input: frame, maxBuffer: 2 ** 30 });
  if (status !== 0) throw new Error(`${stderr}`);
  return stdout;
}

/** What `codec` decodes, given to it in pieces of `pieceSize` that are overwritten once they are taken. */
export async function decode(codec: Codec, encoded: Uint8Array, pieceSize = 65536): Promise<Buffer> {
  const { readable, writable } = streamOf(codec.decoder(), WINDOW_SIZE);
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const plain: Uint8Array[] = [];
  const read = (async () => {
    for await (const bytes of readable) plain.push(bytes);
  })();
  read.catch(() => {});
  for (let at = 0; at < encoded.length; at += pieceSize) {
    const piece = new Uint8Array(encoded.subarray(at, at + pieceSize));
    await writer.write(piece);
    piece.fill(0xee);
  }
  await writer.close();
  await read;
  return Buffer.concat(plain);
}

export const MAGIC: Uint8Array = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd);

export type HandmadeBlock = { readonly raw: Uint8Array } | { readonly byte: number; readonly count: number };

/** A frame without content size and checksum, with a window of 128 KiB unless the header's rest is given. */
export function frameOf(
  blocks: readonly HandmadeBlock[],
  header: readonly number[] = [0x00, 0x38],
): Buffer<ArrayBuffer> {
  const parts = blocks.map((block, index) => {
    const isLast = index === blocks.length - 1 ? 1 : 0;
    const [type, size, content] =
      "raw" in block ? [0, block.raw.length, block.raw] : [1, block.count, [block.byte]];
    const head = isLast | (type << 1) | (size << 3);
    return Buffer.from([head & 0xff, (head >> 8) & 0xff, head >> 16, ...content]);
  });
  return Buffer.concat([MAGIC, Uint8Array.from(header), ...parts]);
}

/** A frame that decoders have to skip. */
export function skippable(content: Uint8Array): Buffer<ArrayBuffer> {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a5a, 0);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, content]);
}
