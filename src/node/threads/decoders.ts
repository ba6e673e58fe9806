/** Decoders on a thread, which write into windows shared with the caller. */
import type { Codec, Decoder } from "../../codecs/codec.js";
import { freeBuffer } from "../codecs/free.js";
import { nativeZstd } from "../codecs/zstd/native.js";

/** Makes a decoder for one object of at most `plainMax` plain bytes. */
type Open = (plainMax: number | undefined) => Decoder;

const LOADERS: Readonly<Record<Codec["id"], () => Promise<Open>>> = {
  bz2: async () => {
    const { bz2Decoder } = await import("../../codecs/bz2/decoder.js");
    const { Bzip2Kernels } = await import("../../kernels/bzip2.js");
    const kernels = new Bzip2Kernels();
    return () => bz2Decoder(kernels, freeBuffer);
  },
  zlib: async () => (await import("../codecs/zlib/decoder.js")).inflateDecoder,
  zstd: async () => {
    const native = nativeZstd;
    if (native !== undefined) {
      const { nativeZstdDecoder } = await import("../codecs/zstd/decoder.js");
      return () => nativeZstdDecoder(native);
    }
    const { zstdCodec } = await import("../../codecs/zstd/codec.js");
    const { instantiateFresh } = await import("../codecs/zstd/instance.js");
    return zstdCodec({ instantiate: instantiateFresh, free: freeBuffer, wholeFrames: true }).decoder;
  },
};

const loaded = new Map<Codec["id"], Promise<Open>>();

export async function openDecoder(codec: Codec["id"], plainMax: number | undefined): Promise<Decoder> {
  const open = loaded.get(codec) ?? LOADERS[codec]();
  loaded.set(codec, open);
  return (await open)(plainMax);
}
