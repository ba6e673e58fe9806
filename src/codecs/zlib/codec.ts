/**
 * zlib (RFC 1950) on the web platform's compression streams: on every runtime, one thread, level 6.
 * Node has a faster one that cuts an object into pieces.
 *
 * Bytes behind the end of the zlib stream are an error by the standard, but Node 20 ignores them, as the
 * reference system does. What was decoded is right even so: it is checked against the digest table.
 */
import { KIB } from "../../units.js";
import type { Codec } from "../codec.js";
import { INFLATED_AHEAD, InflateDecoder } from "./decoder.js";
import { DeflateEncoder, encodedMax } from "./encoder.js";

/** deflate's tables and window at its usual settings, and the platform's step of output. */
const DEFLATE_STATE: number = 288 * KIB;
/** inflate's, and the pieces of output that the platform's stream keeps ready. */
const INFLATE_STATE: number = 512 * KIB;
/** Encoded bytes that may come out later than the piece they are made of. */
const LAG_MAX: number = 512 * KIB;

const encoder = new DeflateEncoder();

/** zlib on the platform's own compression streams, at the one level that they have. */
export const zlibCodec: Codec = {
  id: "zlib",
  memory: {
    encodedMax,
    shared: 0,
    // The copy of the piece, and the output before it is joined.
    encodeWork: (length) => length + encodedMax(length),
    encoder: DEFLATE_STATE + LAG_MAX,
    decoder: (inputMax) => INFLATE_STATE + 2 * inputMax + INFLATED_AHEAD,
  },
  encoder: () => encoder,
  decoder: () => new InflateDecoder(),
};
