/** Encoding that happens on a thread: what Node's own threads cannot do. Kernels are loaded by whoever needs them. */
import { Xxh64Pool } from "../../codecs/zstd/checksum.js";
import { WasmZstd } from "../../codecs/zstd/wasm/encoder.js";
import type { Bzip2Kernels } from "../../kernels/bzip2.js";
import { freeBuffer } from "../codecs/free.js";
import { nativeFrame } from "../codecs/zstd/frame.js";
import { instantiateAnew } from "../codecs/zstd/instance.js";
import { nativeZstd } from "../codecs/zstd/native.js";
import type { Task } from "./tasks.js";

export function encodingTasks(): Record<string, Task> {
  let bzip2: Promise<Bzip2Kernels> | undefined;
  const zstdByLevel = new Map<number, WasmZstd>();
  const hashes = new Xxh64Pool();
  const zstdAt = (level: number): WasmZstd => {
    const zstd =
      zstdByLevel.get(level) ??
      new WasmZstd({ level, hashes, instantiate: instantiateAnew, free: freeBuffer });
    zstdByLevel.set(level, zstd);
    return zstd;
  };
  return {
    async "bzip2-compress"({ plain, level }) {
      bzip2 ??= import("../../kernels/bzip2.js").then(({ Bzip2Kernels }) => new Bzip2Kernels());
      return await (await bzip2).compress(plain as Uint8Array, level as number);
    },
    "zstd-compress": async ({ plain, level }) => {
      if (nativeZstd !== undefined) return nativeFrame(nativeZstd, plain as Uint8Array, level as number);
      return (await zstdAt(level as number).encode(plain as Uint8Array, false)) as Uint8Array<ArrayBuffer>;
    },
  };
}
