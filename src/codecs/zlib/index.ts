/** The codec `zlib`, over the platform's compression streams. */
export { zlibCodec } from "./codec.js";
