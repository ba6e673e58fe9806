/** Who encodes and decodes: Ashlar's codecs within this process, the packages beside them, and the usual tools. */
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { deflateSync, inflateSync } from "node:zlib";
import type { Codec, Decoder, PieceEncoder } from "../../src/codecs/codec.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { DeflateKernels } from "../../src/kernels/deflate-kernels.js";
import { nodeRuntime } from "../../src/node/runtime.js";
import { MIB } from "../../src/units.js";
import type { Meter } from "../peers/meter.js";
import type { Tools } from "../peers/tools.js";

/** What a pipeline gives a codec at once. */
const PIECE_SIZE: number = MIB;
/** Whole objects: what the WebAssembly zstd is given at once. */
const OBJECT_SIZE: number = 8 * MIB;

export interface Timing {
  /** Wall time, and user and system time of all threads; `undefined` where nothing counts it. */
  readonly seconds: number;
  readonly cpuSeconds: number | undefined;
}

/** Objects in order: a codec that takes no more than so many bytes at once makes several. */
export type Objects = readonly Uint8Array[];

export interface Work extends Timing {
  readonly output: Objects;
}

export interface CodecContender {
  readonly codec: "zlib" | "zstd" | "bz2";
  readonly name: string;
  readonly encode: (plain: Uint8Array) => Promise<Work>;
  readonly decode: (encoded: Objects) => Promise<Work>;
}

export interface ContenderOptions {
  readonly meter: Meter;
  readonly tools: Tools;
  /** Where tools find and leave their files. */
  readonly scratch: string;
}

/** The first of a codec is Ashlar's, the second what it is held against. */
export async function contenders({ meter, tools, scratch }: ContenderOptions): Promise<CodecContender[]> {
  const { codecs } = await nodeRuntime();
  const tool = (name: "zstd" | "bzip2", level: string) =>
    tools[name] === undefined ? [] : [toolContender({ program: name, level, meter, scratch })];
  return [
    ofCodec("ashlar", codecs.get("zlib")! as Codec),
    {
      codec: "zlib",
      name: "node:zlib, one thread",
      encode: (plain) => timed(async () => [deflateSync(plain, { level: 6 })]),
      decode: (encoded) => timed(async () => encoded.map((object) => inflateSync(object))),
    },
    ofCodec("ashlar without Node", zlibCodec({ deflating: new DeflateKernels() })),
    ofCodec("ashlar", codecs.get("zstd")! as Codec),
    ...tool("zstd", "-3"),
    await zstdPackage(),
    ofCodec("ashlar", codecs.get("bz2")! as Codec),
    ...tool("bzip2", "-9"),
  ];
}

function ofCodec(name: string, codec: Codec): CodecContender {
  return {
    codec: codec.id,
    name,
    encode: (plain) => timed(() => encodeObjects(codec, plain)),
    decode: (encoded) => timed(() => decodeObjects(codec, encoded)),
  };
}

/** As a backup does it: whole objects side by side where the codec wants that, and otherwise pieces of one. */
async function encodeObjects(codec: Codec, plain: Uint8Array): Promise<Objects> {
  const encoder = codec.encoder(false);
  if (encoder.kind === "pieces") return [await encodePieces(encoder, plain)];
  const objects: Uint8Array[] = [];
  const waiting = cut(plain, Math.min(encoder.maxInput, OBJECT_SIZE));
  while (waiting.length > 0)
    objects.push(
      ...(await Promise.all(
        waiting.splice(0, encoder.concurrency).map((object) => encoder.encode(object, false)),
      )),
    );
  return objects;
}

async function encodePieces(encoder: PieceEncoder, plain: Uint8Array): Promise<Uint8Array> {
  const object = encoder.start(plain.length);
  const pieces = await Promise.all(cut(plain, PIECE_SIZE).map((piece) => object.encode(piece, false)));
  return Buffer.concat([...pieces, await object.finish()]);
}

async function decodeObjects(codec: Codec, encoded: Objects): Promise<Objects> {
  const plain: Uint8Array[] = [];
  for (const object of encoded) {
    const decoder = codec.decoder();
    const feeding = feed(decoder, object);
    for (let length = PIECE_SIZE; length === PIECE_SIZE; ) {
      const window = new Uint8Array(PIECE_SIZE);
      length = await decoder.fill(window);
      plain.push(window.subarray(0, length));
    }
    await feeding;
    decoder.close();
  }
  return plain;
}

function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

async function feed(decoder: Decoder, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at += PIECE_SIZE)
    await decoder.write(bytes.subarray(at, at + PIECE_SIZE), at + PIECE_SIZE >= bytes.length);
}

interface ZstdPackage {
  readonly init: () => Promise<void>;
  readonly compress: (plain: Uint8Array, level: number) => Uint8Array;
  readonly decompress: (encoded: Uint8Array) => Uint8Array;
}

/** The package as it comes, on the calling thread. */
async function zstdPackage(): Promise<CodecContender> {
  const { init, compress, decompress } = createRequire(import.meta.url)("@bokuweb/zstd-wasm") as ZstdPackage;
  await init();
  return {
    codec: "zstd",
    name: "@bokuweb/zstd-wasm",
    encode: (plain) => timed(async () => cut(plain, OBJECT_SIZE).map((object) => compress(object, 3))),
    decode: (encoded) => timed(async () => encoded.map((object) => decompress(object))),
  };
}

interface ToolSpec {
  readonly program: "zstd" | "bzip2";
  readonly level: string;
  readonly meter: Meter;
  readonly scratch: string;
}

/** On one thread, from a file to a file; its start is a few milliseconds and counted. */
function toolContender({ program, level, meter, scratch }: ToolSpec): CodecContender {
  const [input, output] = [join(scratch, "input"), join(scratch, "output")];
  const through = async (option: string, bytes: Uint8Array): Promise<Work> => {
    await writeFile(input, bytes);
    const single = program === "zstd" && option === level ? ["--single-thread"] : [];
    const { sample } = await meter.measure({ argv: [program, option, ...single, "-c", input], output });
    return { seconds: sample.seconds, cpuSeconds: sample.cpuSeconds, output: [await readFile(output)] };
  };
  return {
    codec: program === "zstd" ? "zstd" : "bz2",
    name: `${program} ${level}, one thread`,
    encode: (plain) => through(level, plain),
    decode: (encoded) => through("-dc", Buffer.concat(encoded)),
  };
}

async function timed(work: () => Promise<Objects>): Promise<Work> {
  const before = process.cpuUsage();
  const start = performance.now();
  const output = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { seconds, cpuSeconds: (user + system) / 1e6, output };
}
