/** Running MD5, SHA-256 and Adler-32. */
import { toHex } from "../../src/bytes.js";
import { loadKernels } from "../../src/kernels/kernels.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MIB } from "../../src/units.js";
import { noise } from "../pipeline/volume-bytes.js";
import type { PortableTest } from "./assertions.js";

/** RFC 1321 appendix A.5. */
const MD5_VECTORS: readonly (readonly [message: string, digest: string])[] = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
  ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
];

export function hashTests(test: PortableTest, { hashes }: Runtime): void {
  test("md5: the published vectors, whole and byte by byte, side by side", (t) => {
    for (const [message, expected] of MD5_VECTORS) {
      const bytes = new TextEncoder().encode(message);
      const [whole, other] = [hashes.md5(), hashes.md5()];
      for (let at = 0; at < bytes.length; at++) other.update(bytes.subarray(at, at + 1));
      whole.update(bytes);
      t.is(whole.hex(), expected);
      t.is(other.hex(), expected);
    }
  });

  test("sha256: pieces of any length are the same as the platform's digest of the whole", async (t) => {
    const bytes = noise(200_000, 3);
    for (const length of [0, 1, 55, 56, 63, 64, 65, 65_536, 200_000]) {
      const hash = hashes.sha256();
      for (let at = 0; at < length; at += 777) hash.update(bytes.subarray(at, Math.min(length, at + 777)));
      const expected = await crypto.subtle.digest("SHA-256", bytes.slice(0, length));
      t.is(hash.hex(), toHex(new Uint8Array(expected)), `${length} bytes`);
    }
  });

  test("adler32: RFC 1950's sum, at once and continued", async (t) => {
    const kernels = await loadKernels({ memorySize: MIB });
    t.is(kernels.adler32(new TextEncoder().encode("Wikipedia")), 0x11e60398);
    const bytes = noise(300_001, 4).fill(0xff, 1000, 200_000);
    const first = kernels.adler32(bytes.subarray(0, 99_999));
    t.is(kernels.adler32(bytes.subarray(99_999), first), kernels.adler32(bytes));
  });
}
