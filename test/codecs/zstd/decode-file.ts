/** A process of its own that decodes a file and prints what that took: `decode-file.js TITLE FILE`. */

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { MIB } from "../../../src/units.js";
import { streamOf } from "../stream-of.js";
import { codecs } from "./peers.js";

const [which, path] = process.argv.slice(2) as [string, string];
const codec = codecs.find(({ title }) => title === which)!.codec;
const idle = process.memoryUsage.rss();
const { readable, writable } = streamOf(codec.decoder());
const hash = createHash("sha256");
let length = 0;
let pieces = 0;
const read = (async () => {
  for await (const plain of readable) {
    hash.update(plain);
    length += plain.length;
    // Otherwise the peak tells when V8 happened to collect the windows of this loop.
    if (++pieces % 64 === 0) globalThis.gc!();
  }
})();
const writer = writable.getWriter();
const file = await open(path);
const buffer = new Uint8Array(MIB);
for (let { bytesRead } = await file.read(buffer); bytesRead > 0; { bytesRead } = await file.read(buffer)) {
  await writer.write(buffer.subarray(0, bytesRead));
}
await writer.close();
await read;
const grown = process.resourceUsage().maxRSS * 1024 - idle;
console.log(
  JSON.stringify({
    length,
    sha256: hash.digest("hex"),
    grown,
    planned: codec.memory.decoder(1024 * 1024, Number.POSITIVE_INFINITY),
  }),
);
