import { bz2Codec } from "../../codecs/bz2/codec.js";
import type { CodecLevels } from "../../codecs/levels.js";
import { zlibCodec } from "../../codecs/zlib/codec.js";
import type { CreateXxh64 } from "../../codecs/zstd/checksum.js";
import { zstdCodec } from "../../codecs/zstd/codec.js";
import type { Instantiate } from "../../codecs/zstd/wasm/instance.js";
import { Bzip2Kernels } from "../../kernels/bzip2.js";
import { DeflateKernels, supportsDeflate } from "../../kernels/deflate-kernels.js";
import { loadHashes } from "../../kernels/hashes.js";
import { kernelHashes } from "../../kernels/kernel-hashes.js";
import { providedModule } from "../../kernels/provided.js";
import { wasmEngine } from "../../kernels/wasm-engine.js";
import { supportsZstd, ZstdKernel } from "../../kernels/zstd-kernel.js";
import { loadStreams } from "../../streams.js";
import { inlineCompute } from "./compute.js";
import type { Runtime } from "./runtime.js";

/** Options of `portableRuntime`. */
export interface PortableOptions extends CodecLevels {
  /** Makes instances of zstd's encoder on hosts where the package cannot load its own. */
  readonly instantiateZstd?: Instantiate | undefined;
}

/** A runtime for any host with WebAssembly and compression streams. */
export async function portableRuntime(options: PortableOptions = {}): Promise<Runtime> {
  await loadStreams();
  const hashes = await loadHashes();
  const codecs = [
    zlibCodec({ level: options.zlib, deflating: supportsDeflate() ? new DeflateKernels() : undefined }),
    bz2Codec(new Bzip2Kernels(), { level: options.bz2 }),
    zstdCodec({
      level: options.zstd,
      kernel: supportsZstd() ? new ZstdKernel() : undefined,
      instantiate: options.instantiateZstd,
      createXxh64: providedXxh64(),
    }),
  ];
  return {
    hashes,
    codecs: new Map(codecs.map((codec) => [codec.id, codec])),
    compute: ({ arenaSize }) => inlineCompute(arenaSize, async (kernels) => wasmEngine(kernels), hashes),
  };
}

function providedXxh64(): CreateXxh64 | undefined {
  const module = providedModule("hashes");
  if (module === undefined) return undefined;
  const hashes = kernelHashes(module);
  return async () => hashes.xxh64();
}
