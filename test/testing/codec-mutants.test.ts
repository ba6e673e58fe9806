import test from "ava";
import type { Codec, Decoder, Encoder } from "../../src/codecs/codec.js";
import { windowDecoderOf } from "../../src/codecs/window-decoder.js";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { codecContract } from "../../src/testing/index.js";
import { changed, type Mutants, mutantTests } from "./mutants.js";

type Plain = Uint8Array<ArrayBuffer>;

/** With windows too, so that no case has nothing to do. */
const whole: Codec = changed<Codec>(zlibCodec, {
  windowDecoder: (plainMax) => windowDecoderOf(zlibCodec.decoder(plainMax)),
});

function codecs(changes: () => Partial<Codec>): Mutants[string] {
  return () => codecContract(changed(whole, changes()));
}

function encoders(
  change: (encoder: Encoder, length: number | undefined) => Partial<Encoder>,
): Mutants[string] {
  return codecs(() => ({
    encoder(length) {
      const encoder = zlibCodec.encoder(length);
      return changed(encoder, change(encoder, length));
    },
  }));
}

/** Decoders through which plain bytes pass in a changed form. */
function decoders(transformer: (plainMax: number | undefined) => Transformer<Plain, Plain>): Mutants[string] {
  return codecs(() => ({
    decoder(plainMax) {
      const { readable, writable } = zlibCodec.decoder(plainMax);
      const changing = new TransformStream<Plain, Plain>(transformer(plainMax));
      return { readable: (readable as ReadableStream<Plain>).pipeThrough(changing), writable };
    },
  }));
}

/** A decoder that says nothing of damage: what comes out until then is all. */
function lenient(): Decoder {
  const { readable, writable } = zlibCodec.decoder();
  const reader = (readable as ReadableStream<Plain>).getReader();
  const writer = writable.getWriter();
  writer.closed.catch(() => {});
  const taking = new WritableStream<Uint8Array>({
    write: (bytes) => writer.write(new Uint8Array(bytes)).catch(() => {}),
    close: () => writer.close().catch(() => {}),
  });
  const ending = new ReadableStream<Plain>({
    async pull(controller) {
      const value = await reader.read().then(
        (next) => next.value,
        () => undefined,
      );
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
  });
  return { writable: taking, readable: ending };
}

/** A decoder that says nothing of damage, and a byte more than there was. */
function talkative(): Decoder {
  const { readable, writable } = lenient();
  const adding = new TransformStream<Plain, Plain>({
    flush: (controller) => controller.enqueue(Uint8Array.of(0)),
  });
  return { writable, readable: (readable as ReadableStream<Plain>).pipeThrough(adding) };
}

/** Encoders that notice each other. */
function rivals(): Partial<Codec> {
  let openCount = 0;
  return {
    encoder(length) {
      openCount++;
      const encoder = zlibCodec.encoder(length);
      return changed(encoder, {
        encode: async (piece, isZero) =>
          openCount === 1 ? await encoder.encode(piece, isZero) : new Uint8Array(piece.length),
        async finish() {
          openCount--;
          return await encoder.finish();
        },
      });
    },
  };
}

/** Once one of its encoders was abandoned, none works. */
function mourning(): Partial<Codec> {
  let isAbandoned = false;
  return {
    encoder(length) {
      if (isAbandoned) throw new Error("an encoder was abandoned");
      const abandon = (): void => {
        isAbandoned = true;
      };
      return changed(zlibCodec.encoder(length), { abandon });
    },
  };
}

const mutants: Mutants = {
  "what was encoded comes back, in pieces of any size": decoders(() => ({
    transform: (plain, controller) => controller.enqueue(plain.subarray(1)),
  })),
  "an object whose length was not said comes back": encoders((encoder, length) => ({
    encode: (piece, isZero) => encoder.encode(length === undefined ? piece.subarray(1) : piece, isZero),
  })),
  "zeros come back, said to be zeros or not": encoders((encoder) => ({
    encode: (piece, isZero) => encoder.encode(isZero ? piece.subarray(1) : piece, isZero),
  })),
  "a decoder that is told the plain length gives just as much": decoders((plainMax) => ({
    transform: (plain, controller) => controller.enqueue(plain.subarray(plainMax === undefined ? 0 : 1)),
  })),
  "windows are filled with the same bytes": codecs(() => ({
    windowDecoder(plainMax) {
      const decoder = windowDecoderOf(zlibCodec.decoder(plainMax));
      return changed(decoder, { fill: (window) => decoder.fill(window.subarray(1)) });
    },
  })),
  "what another program made under this id is read": decoders(() => ({
    transform(plain, controller) {
      if (plain[0] === "B".charCodeAt(0)) throw new Error("this was made by another program");
      controller.enqueue(plain);
    },
  })),
  "several objects at a time do not disturb each other": codecs(rivals),
  "pieces are left as they are, and may be reused once they are encoded": encoders((encoder) => ({
    async encode(piece, isZero) {
      const encoded = await encoder.encode(piece, isZero);
      piece.fill(0);
      return encoded;
    },
  })),
  "an encoding makes no more bytes than its memory plan says": codecs(() => ({
    memory: { ...zlibCodec.memory, encodedMax: (length) => length >> 1 },
  })),
  "an encoder that is abandoned does not disturb the next": codecs(mourning),
  "an object that ends early is refused": codecs(() => ({ decoder: lenient })),
  "an object that goes on after its end is refused, or still says what it said": codecs(() => ({
    decoder: talkative,
  })),
  "an object with a wrong byte is refused, or still says what it said": codecs(() => ({ decoder: lenient })),
  "decoding can be given up at any time": codecs(() => ({
    decoder(plainMax) {
      const { readable, writable } = zlibCodec.decoder(plainMax);
      const cancel = () => Promise.reject(new Error("there is no way back"));
      return { writable, readable: changed(readable, { cancel }) };
    },
  })),
};

mutantTests(test, "codec", { whole: codecContract(whole), mutants });
