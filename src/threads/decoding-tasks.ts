/** Tasks that decode objects on a thread, with one decoder per object, into the caller's windows. */
import type { Decoder } from "../codecs/codec.js";
import type { CommonTasks, HandlersOf } from "./task-table.js";

type DecodingTasks = Pick<CommonTasks, "decode-open" | "decode-write" | "decode-fill" | "decode-close">;

type Codec = CommonTasks["decode-open"]["input"]["codec"];

/** Makes a decoder for one object of at most `plainMax` plain bytes. */
export type OpenDecoder = (codec: Codec, plainMax: number | undefined) => Decoder | Promise<Decoder>;

export function decodingTasks(openDecoder: OpenDecoder): HandlersOf<DecodingTasks> {
  const decoders = new Map<number, Promise<Decoder>>();
  const find = (stream: number): Promise<Decoder> => {
    const decoder = decoders.get(stream);
    if (decoder === undefined) throw new Error("the decoder was closed");
    return decoder;
  };
  return {
    async "decode-open"({ stream, codec, plainMax }) {
      const decoder = (async () => openDecoder(codec, plainMax))();
      decoders.set(stream, decoder);
      await decoder;
      return undefined;
    },
    async "decode-write"({ stream, encoded, isLast }) {
      await (await find(stream)).write(encoded, isLast);
      return undefined;
    },
    "decode-fill": async ({ stream, window }) => await (await find(stream)).fill(window),
    async "decode-close"({ stream }) {
      const decoder = decoders.get(stream);
      decoders.delete(stream);
      (await decoder)?.close();
      return undefined;
    },
  };
}
