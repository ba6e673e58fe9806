/**
 * zlib (RFC 1950). Encodes with a kernel that the caller supplies, at any level; without one, by the platform's stream at
 * level 6. Decodes by the platform's stream.
 *
 * By the standard, bytes after the end of the zlib stream are an error, but Node 20 ignores them, like the reference
 * system. The decoded bytes are correct even so: they are checked against the digest table.
 */
import { KIB } from "../../units.js";
import type { Codec, PieceEncoder } from "../codec.js";
import { levelOf } from "../levels.js";
import { type CodecMemory, codecMemory } from "../memory.js";
import { INFLATED_AHEAD, InflateDecoder } from "./decoder.js";
import { encodedMax } from "./encoded-max.js";
import { type Deflating, DICTIONARY_SIZE, ZlibPieceEncoder } from "./piece-encoder.js";
import { StreamEncoder } from "./stream-encoder.js";

/** Options of `zlibCodec`. */
export interface ZlibOptions {
  /** Deflates pieces, e.g. `new DeflateKernels()` of `ashlar/kernels`. @default {the platform's compression stream} */
  readonly deflating?: Deflating | undefined;
  /** 1 to 9: fast to small; the platform's stream ignores it. @default {6} */
  readonly level?: number | undefined;
}

/** deflate's tables and window at its usual settings, and the platform's output buffer. */
const DEFLATE_STATE: number = 288 * KIB;
/** inflate's tables and window, and the pieces of output that the platform's stream queues. */
const INFLATE_STATE: number = 512 * KIB;
/** Encoded bytes that may be output after later pieces than their own. */
const LAG_MAX: number = 512 * KIB;

/** @throws UsageError for a level out of range */
export function zlibCodec({ deflating, ...options }: ZlibOptions = {}): Codec {
  const level = levelOf("zlib", options.level);
  const encoder: PieceEncoder =
    deflating === undefined ? new StreamEncoder() : new ZlibPieceEncoder(deflating, level);
  return {
    id: "zlib",
    memory: deflating === undefined ? STREAM_MEMORY : kernelMemory(deflating.sharedSize),
    encoder: () => encoder,
    decoder: () => new InflateDecoder(),
  };
}

const decoderMemory: CodecMemory["decoder"] = (inputMax) => INFLATE_STATE + 2 * inputMax + INFLATED_AHEAD;

const STREAM_MEMORY: CodecMemory = codecMemory({
  encodedMax,
  shared: 0,
  // The copy of the piece, and the output before it is joined.
  encodeWork: (length) => length + encodedMax(length),
  encoder: DEFLATE_STATE + LAG_MAX,
  decoder: decoderMemory,
});

function kernelMemory(shared: number): CodecMemory {
  return codecMemory({
    encodedMax,
    shared,
    // The copies of the piece and its dictionary for a thread, and the output before the header is added.
    encodeWork: (length) => length + encodedMax(length) + DICTIONARY_SIZE,
    encoder: DICTIONARY_SIZE,
    decoder: decoderMemory,
  });
}
