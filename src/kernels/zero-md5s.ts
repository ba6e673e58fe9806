/** MD5s of zeros: those of many lengths cost one pass over as many zeros as the longest has. */
import type { Hashes } from "../ports.js";

const ZEROS = new Uint8Array(256 * 1024);

/** The MD5s of as many zeros as each length says, in its order: 32 lower-case hexadecimal digits. */
export function zeroMd5s(lengths: readonly number[], hashes: Pick<Hashes, "md5">): string[] {
  const ascending = [...new Set(lengths)].sort((a, b) => a - b);
  const md5s = new Map<number, string>();
  const running = hashes.md5();
  let at = 0;
  for (const length of ascending) {
    for (; at < length; at += Math.min(ZEROS.length, length - at))
      running.update(ZEROS.subarray(0, length - at));
    md5s.set(length, running.copy().hex());
  }
  return lengths.map((length) => md5s.get(length)!);
}
