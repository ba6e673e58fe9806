/**
 * MD5s of whole contents: in lanes if there are enough of them, otherwise one by one. A single content in lanes is
 * slower than `node:crypto`, and two are hardly faster (docs/decisions/0031-md5-side-by-side.md).
 */
import type { Hashes } from "../ports.js";
import { LANES_FROM } from "./lane-count.js";
import type { Md5Lanes } from "./md5-lanes.js";
import { supportsSimd } from "./module.js";

let loaded: Promise<Md5Lanes> | undefined;

/** @returns for each of up to four `contents` 32 lower-case hexadecimal digits */
export async function wholeMd5s(contents: readonly Uint8Array[], hashes: Hashes): Promise<string[]> {
  if (contents.length < LANES_FROM || !supportsSimd())
    return contents.map((content) => md5Of(content, hashes));
  loaded ??= import("./md5-lanes.js").then((kernel) => kernel.Md5Lanes.load());
  return (await loaded).hexOf(contents);
}

function md5Of(content: Uint8Array, hashes: Hashes): string {
  const hash = hashes.md5();
  hash.update(content);
  return hash.hex();
}
