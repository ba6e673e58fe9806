/** The codecs under test, what they are held against, and frames that are made by hand. */

import { Buffer } from "node:buffer";
import { spawnSync } from "node:child_process";
import type { Codec, Decoder } from "../../src/codecs/codec.js";
import { zstdCodec } from "../../src/codecs/zstd/codec.js";
import { nodeZstdCodec } from "../../src/node/codecs/zstd.js";
import { nativeZstd } from "../../src/node/codecs/zstd-native.js";
import { windowsStream } from "./windows-stream.js";

export interface NamedCodec {
  readonly title: string;
  readonly codec: Codec;
}

/** Of a length that no block has. */
const WINDOW_SIZE = 99_991;

/**
 * What runtimes without zstd have, and where Node has one, that too, as a stream and into windows. The portable codec's
 * own instance comes last.
 */
export const codecs: readonly NamedCodec[] = [
  { title: "without node:zlib", codec: nodeZstdCodec({ native: undefined }) },
  ...(nativeZstd === undefined ? [] : nativeCodecs(nodeZstdCodec())),
  { title: "portable", codec: zstdCodec() },
];

function nativeCodecs(codec: Codec): NamedCodec[] {
  const decoder = (): Decoder => windowsStream(codec.windowDecoder!(), WINDOW_SIZE);
  return [
    { title: "node:zlib", codec },
    { title: "node:zlib, windows", codec: { ...codec, decoder } },
  ];
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

/** What `codec` makes of `plain`, given to its encoder in pieces of `pieceSize`. */
export async function encodePieces(codec: Codec, plain: Uint8Array, pieceSize: number): Promise<Uint8Array> {
  const encoder = codec.encoder(plain.length);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < plain.length; at += pieceSize) {
    const piece = new Uint8Array(plain.subarray(at, at + pieceSize));
    parts.push(
      await encoder.encode(
        piece,
        piece.every((byte) => byte === 0),
      ),
    );
    // The piece is the caller's again.
    piece.fill(0xee);
  }
  parts.push(await encoder.finish());
  return Buffer.concat(parts);
}

/** What `codec` decodes, given to it in pieces of `pieceSize` that are overwritten once they are taken. */
export async function decode(codec: Codec, encoded: Uint8Array, pieceSize = 65536): Promise<Buffer> {
  const { readable, writable } = codec.decoder();
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
