import test from "ava";
import type { Codec, Decoder, ObjectEncoder, PieceEncoder } from "../../src/codecs/codec.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { codecContract } from "../../src/testing/index.js";
import { piecesOf } from "../codecs/streams.js";
import { changed, type Mutants, mutantTests } from "./mutants.js";

const pieces: PieceEncoder = piecesOf(zlibCodec());

function codecs(changes: () => Partial<Codec>): Mutants[string] {
  return () => codecContract(changed(zlibCodec(), changes()));
}

/** Codecs whose objects are encoded by `change` of an encoder. */
function encoders(
  change: (object: ObjectEncoder, length: number | undefined) => Partial<ObjectEncoder>,
): Mutants[string] {
  const start = (length?: number): ObjectEncoder => {
    const object = pieces.start(length);
    return changed(object, change(object, length));
  };
  return codecs(() => ({ encoder: () => changed(pieces, { start }) }));
}

/** Codecs whose objects are decoded by `change` of a decoder. */
function decoders(
  change: (decoder: Decoder, plainMax: number | undefined) => Partial<Decoder>,
): Mutants[string] {
  return codecs(() => ({
    decoder(plainMax) {
      const decoder = zlibCodec().decoder(plainMax);
      return changed(decoder, change(decoder, plainMax));
    },
  }));
}

/** Leaves out the first byte of every window. */
function losing(decoder: Decoder): Partial<Decoder> {
  return {
    async fill(window) {
      const wider = new Uint8Array(window.length + 1);
      const length = await decoder.fill(wider);
      window.set(wider.subarray(1, length));
      return Math.max(0, length - 1);
    },
  };
}

/** Reports no damage: the plain bytes before it are all. */
function lenient(decoder: Decoder): Partial<Decoder> {
  return {
    write: (encoded, isLast) => decoder.write(encoded, isLast).catch(() => {}),
    fill: (window) => decoder.fill(window).catch(() => 0),
  };
}

/** Reports no damage, and one plain byte more than there is. */
function talkative(decoder: Decoder): Partial<Decoder> {
  let hasEnded = false;
  return {
    ...lenient(decoder),
    async fill(window) {
      const length = await decoder.fill(window).catch(() => 0);
      if (hasEnded || length === window.length) return length;
      hasEnded = true;
      return length + 1;
    },
  };
}

/** Encoders that notice each other. */
function rivals(): Partial<Codec> {
  let openCount = 0;
  const start = (length?: number): ObjectEncoder => {
    openCount++;
    const object = pieces.start(length);
    return changed(object, {
      encode: async (piece, isZero) =>
        openCount === 1 ? await object.encode(piece, isZero) : new Uint8Array(piece.length),
      async finish() {
        openCount--;
        return await object.finish();
      },
    });
  };
  return { encoder: () => changed(pieces, { start }) };
}

/** Encodes nothing any more once one of its encoders was abandoned. */
function mourning(): Partial<Codec> {
  let isAbandoned = false;
  const start = (length?: number): ObjectEncoder => {
    if (isAbandoned) throw new Error("an encoder was abandoned");
    const abandon = (): void => {
      isAbandoned = true;
    };
    return changed(pieces.start(length), { abandon });
  };
  return { encoder: () => changed(pieces, { start }) };
}

const mutants: Mutants = {
  "what was encoded comes back, in pieces of any size": decoders(losing),
  "an object whose length is not known at its start comes back": encoders((object, length) => ({
    encode: (piece, isZero) => object.encode(length === undefined ? piece.subarray(1) : piece, isZero),
  })),
  "zeros come back, declared as zeros or not": encoders((object) => ({
    encode: (piece, isZero) => object.encode(isZero ? piece.subarray(1) : piece, isZero),
  })),
  "zeros that are encoded without being read come back": codecs(() => ({
    encoder: () => changed(pieces, { zeros: async () => [] }),
  })),
  "an encoding makes no more bytes than its memory plan says": codecs(() => ({
    memory: { ...zlibCodec().memory, encodedMax: (length) => length >> 1 },
  })),
  "a decoder that is given the plain length gives just as much": decoders((decoder, plainMax) =>
    plainMax === undefined ? {} : losing(decoder),
  ),
  "windows of any size are filled with the same bytes": decoders((decoder) => ({
    fill: (window) => decoder.fill(window.subarray(window.length === 16_384 ? 0 : 1)),
  })),
  "what another program made under this id is read": decoders((decoder) => ({
    async fill(window) {
      const length = await decoder.fill(window);
      if (window[0] === "B".charCodeAt(0)) throw new Error("this was made by another program");
      return length;
    },
  })),
  "several objects at a time do not disturb each other": codecs(rivals),
  "pieces are left as they are, and may be reused once they are encoded": encoders((object) => ({
    async encode(piece, isZero) {
      const encoded = await object.encode(piece, isZero);
      piece.fill(0);
      return encoded;
    },
  })),
  "an encoder that is abandoned does not disturb the next": codecs(mourning),
  "an object that ends early is refused": decoders(lenient),
  "an object that goes on after its end is refused, or decodes to the same bytes": decoders(talkative),
  "an object with a wrong byte is refused, or decodes to the same bytes": decoders(lenient),
  "decoding can be given up at any time": decoders((decoder) => ({
    fill: (window) => decoder.fill(window).catch(() => 0),
  })),
};

mutantTests(test, "codec", { whole: codecContract(zlibCodec()), mutants });
