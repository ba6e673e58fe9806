/** Encoding on a thread. Modules and instances are loaded with the first object that needs them. */
import { Xxh64Pool } from "../../codecs/zstd/checksum.js";
import type { WasmZstd } from "../../codecs/zstd/wasm/encoder.js";
import type { Bzip2Kernels } from "../../kernels/bzip2.js";
import { supportsZstd, ZstdKernel } from "../../kernels/zstd-kernel.js";
import { freeBuffer } from "../codecs/free.js";
import { nativeFrame } from "../codecs/zstd/frame.js";
import { nativeZstd } from "../codecs/zstd/native.js";

let bzip2: Promise<Bzip2Kernels> | undefined;

export async function encodeBz2(plain: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
  bzip2 ??= import("../../kernels/bzip2.js").then(({ Bzip2Kernels }) => new Bzip2Kernels());
  return await (await bzip2).compress(plain, level);
}

const hashes = new Xxh64Pool();
const kernel = supportsZstd() ? new ZstdKernel() : undefined;
const zstdByLevel = new Map<number, Promise<WasmZstd>>();

export async function encodeZstd(plain: Uint8Array, level: number): Promise<Uint8Array<ArrayBuffer>> {
  if (nativeZstd !== undefined) return nativeFrame(nativeZstd, plain, level);
  const zstd = zstdByLevel.get(level) ?? makeZstd(level);
  zstdByLevel.set(level, zstd);
  return await (await zstd).encode(plain, false);
}

async function makeZstd(level: number): Promise<WasmZstd> {
  const { WasmZstd } = await import("../../codecs/zstd/wasm/encoder.js");
  const { instantiateFresh } = await import("../codecs/zstd/instance.js");
  return new WasmZstd({ level, kernel, hashes, instantiate: instantiateFresh, free: freeBuffer });
}
