/**
 * zlib (RFC 1950) on the web platform's compression streams: on every runtime, one thread, level 6.
 * Node has a faster implementation that splits an object into pieces (`src/node/codecs/zlib`).
 *
 * By the standard, bytes after the end of the zlib stream are an error, but Node 20 ignores them, like the reference
 * system. The decoded bytes are correct even so: they are checked against the digest table.
 */
import { KIB } from "../../units.js";
import type { Codec } from "../codec.js";
import { codecMemory } from "../memory.js";
import { INFLATED_AHEAD, InflateDecoder } from "./decoder.js";
import { DeflateEncoder, encodedMax } from "./encoder.js";

/** deflate's tables and window at its usual settings, and the platform's output buffer. */
const DEFLATE_STATE: number = 288 * KIB;
/** inflate's tables and window, and the pieces of output that the platform's stream queues. */
const INFLATE_STATE: number = 512 * KIB;
/** Encoded bytes that may be output after later pieces than their own. */
const LAG_MAX: number = 512 * KIB;

const encoder = new DeflateEncoder();

/** zlib on the platform's own compression streams, at their only level. */
export const zlibCodec: Codec = {
  id: "zlib",
  memory: codecMemory({
    encodedMax,
    shared: 0,
    // The copy of the piece, and the output before it is joined.
    encodeWork: (length) => length + encodedMax(length),
    encoder: DEFLATE_STATE + LAG_MAX,
    decoder: (inputMax) => INFLATE_STATE + 2 * inputMax + INFLATED_AHEAD,
  }),
  encoder: () => encoder,
  decoder: () => new InflateDecoder(),
};
