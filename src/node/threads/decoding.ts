/** Decoding on a thread, into windows that it shares with whoever asked: one stream for each object. */
import type { Decoder } from "../../codecs/codec.js";
import type { TaskInput } from "../../ports.js";
import { freeBuffer } from "../codecs/free.js";
import { instantiateAnew } from "../codecs/zstd/instance.js";
import { nativeZstd } from "../codecs/zstd/native.js";
import type { Task } from "./tasks.js";

/** Begins to decode an object of at most `plainMax` plain bytes. */
type Open = (plainMax: number | undefined) => Decoder;

const CODECS: Readonly<Record<string, () => Promise<Open>>> = {
  bz2: async () => {
    const { Bzip2Kernels } = await import("../../kernels/bzip2.js");
    const { bz2Decoder } = await import("../../codecs/bz2/decoder.js");
    const kernels = new Bzip2Kernels();
    return () => bz2Decoder(kernels, freeBuffer);
  },
  zlib: async () => {
    return (await import("../codecs/zlib/decoder.js")).inflateDecoder;
  },
  zstd: async () => {
    const native = nativeZstd;
    if (native !== undefined) {
      const { nativeZstdDecoder } = await import("../codecs/zstd/decoder.js");
      return () => nativeZstdDecoder(native);
    }
    const { zstdCodec } = await import("../../codecs/zstd/codec.js");
    return zstdCodec({ instantiate: instantiateAnew, free: freeBuffer, wholeFrames: true }).decoder;
  },
};

export function decodingTasks(): Record<string, Task> {
  const codecs = new Map<string, Promise<Open>>();
  const decoders = new Map<unknown, Promise<Decoder>>();
  const open = async ({ codec, plainMax }: TaskInput): Promise<Decoder> => {
    const name = codec as string;
    const loaded = codecs.get(name) ?? CODECS[name]!();
    codecs.set(name, loaded);
    return (await loaded)(plainMax as number | undefined);
  };
  const find = async (stream: unknown): Promise<Decoder> => {
    const decoder = await decoders.get(stream);
    if (decoder === undefined) throw new Error("the decoder was closed");
    return decoder;
  };
  return {
    async decode(input) {
      decoders.set(input.stream, open(input));
      await decoders.get(input.stream);
      return undefined;
    },
    async "decode-write"({ stream, bytes, isLast }) {
      await (await find(stream)).write(bytes as Uint8Array, isLast as boolean);
      return undefined;
    },
    "decode-fill": async ({ stream, window }) => await (await find(stream)).fill(window as Uint8Array),
    async "decode-close"({ stream }) {
      const decoder = decoders.get(stream);
      decoders.delete(stream);
      (await decoder)?.close();
      return undefined;
    },
  };
}
