/** The engines under test, and the reference that they are held against. */
import { createHash } from "node:crypto";
import type { DigestEngine } from "../../src/kernels/engine.js";
import { type Kernels, loadKernels } from "../../src/kernels/kernels.js";
import { wasmEngine } from "../../src/kernels/wasm-engine.js";
import { nativeDigest } from "../../src/node/digests/native.js";
import { countOf, DIGEST_SIZE, MIB } from "../../src/units.js";

export const simd: Kernels = await loadKernels({ memorySize: 24 * MIB, simd: true });
const scalar: Kernels = await loadKernels({ memorySize: 24 * MIB, simd: false });
export const flavours: readonly Kernels[] = [simd, scalar];

export interface NamedEngine {
  readonly title: string;
  readonly engine: DigestEngine;
}

export const engines: readonly NamedEngine[] = [
  { title: "simd", engine: wasmEngine(simd) },
  { title: "scalar", engine: wasmEngine(scalar) },
  { title: "native", engine: nativeDigest() },
  { title: "native with kernels", engine: nativeDigest(simd) },
];

export interface Digests {
  readonly zeroCount: number;
  readonly digests: Buffer;
}

/** What `engine` makes of `window`, into a buffer of its own. */
export function digest(engine: DigestEngine, window: Uint8Array, blockSize: number): Digests {
  const digests = Buffer.alloc(countOf(window.length, blockSize) * DIGEST_SIZE, 0xee);
  const zeroCount = engine.digestInto(window, blockSize, digests);
  return { zeroCount, digests };
}

/** The same by `node:crypto`, one block after the other. */
export function referenceDigest(window: Uint8Array, blockSize: number): Digests {
  const digests: Buffer[] = [];
  let zeroCount = 0;
  for (let offset = 0; offset < window.length; offset += blockSize) {
    const block = window.subarray(offset, offset + blockSize);
    if (block.every((byte) => byte === 0)) zeroCount++;
    digests.push(createHash("sha256").update(block).digest());
  }
  return { zeroCount, digests: Buffer.concat(digests) };
}
