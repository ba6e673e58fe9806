/** Decoding on a thread, into windows that it shares with whoever asked: one stream for each object. */
import { bz2Codec } from "../../codecs/bz2/codec.js";
import type { Codec } from "../../codecs/codec.js";
import { type WindowDecoder, windowDecoderOf } from "../../codecs/window-decoder.js";
import type { TaskInput } from "../../ports.js";
import { freeBuffer } from "../codecs/free.js";
import { instantiateAnew } from "../codecs/zstd-instance.js";
import { nativeZstd } from "../codecs/zstd-native.js";
import type { Task } from "./tasks.js";

/** Begins to decode an object of at most `plainMax` plain bytes. */
type Open = (plainMax: number | undefined) => WindowDecoder;

const CODECS: Readonly<Record<string, () => Promise<Open>>> = {
  bz2: async () => {
    const { Bzip2Kernels } = await import("../../kernels/bzip2.js");
    return opening(bz2Codec(Object.assign(new Bzip2Kernels(), { free: freeBuffer })));
  },
  zlib: async () => {
    const { inflateWindows } = await import("../codecs/inflate.js");
    // Whoever asks has found that this Node can.
    return () => inflateWindows()!;
  },
  zstd: async () => {
    const native = nativeZstd;
    if (native !== undefined) {
      const { canDecodeWindows, zstdWindows } = await import("../codecs/zstd-windows.js");
      if (canDecodeWindows(native)) return () => zstdWindows(native);
      return opening((await import("../codecs/zstd.js")).nodeZstdCodec());
    }
    const { zstdCodec } = await import("../../codecs/zstd/codec.js");
    return opening(zstdCodec({ instantiate: instantiateAnew, free: freeBuffer, wholeFrames: true }));
  },
};

/** The codec's decoder, whose output is copied into windows. */
function opening(codec: Codec): Open {
  return (plainMax) => windowDecoderOf(codec.decoder(plainMax));
}

export function decodingTasks(): Record<string, Task> {
  const codecs = new Map<string, Promise<Open>>();
  const decoders = new Map<unknown, Promise<WindowDecoder>>();
  const open = async ({ codec, plainMax }: TaskInput): Promise<WindowDecoder> => {
    const name = codec as string;
    const loaded = codecs.get(name) ?? CODECS[name]!();
    codecs.set(name, loaded);
    return (await loaded)(plainMax as number | undefined);
  };
  const find = async (stream: unknown): Promise<WindowDecoder> => {
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
