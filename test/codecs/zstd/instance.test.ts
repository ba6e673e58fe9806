/** The WebAssembly instance that encodes: what is never given to it, and what happens when it fails. */

import test from "ava";
import { zstdCodec } from "../../../src/codecs/zstd/codec.js";
import type { ZstdInstance } from "../../../src/codecs/zstd/wasm/instance.js";
import { MIB } from "../../../src/units.js";
import { prose } from "../../pipeline/volume-bytes.js";
import { wholeOf } from "../streams.js";
import { decode, packageZstd } from "./peers.js";

const frameOfTheRest: Uint8Array = await wholeOf(packageZstd()).encode(prose(1000), false);
/** The frame without its checksum, as the package makes it. */
const unsigned: Uint8Array = frameOfTheRest.slice(0, -4);
unsigned[4]! &= ~0x04;

/** Instances of which those before the last throw what a dead one does. */
function failing(count: number): { instantiate: () => Promise<ZstdInstance>; made: number } {
  const state = {
    made: 0,
    async instantiate(): Promise<ZstdInstance> {
      state.made++;
      const isDead = state.made <= count;
      return {
        compress() {
          if (isDead) throw new WebAssembly.RuntimeError("null function");
          return unsigned.slice();
        },
        decompress() {
          throw new WebAssembly.RuntimeError("null function");
        },
      };
    },
  };
  return state;
}

test("an instance that failed is replaced, and the object encoded by the next", async (t) => {
  const instances = failing(1);
  const codec = zstdCodec({ instantiate: instances.instantiate });
  const whole = wholeOf(codec);
  const frame = await whole.encode(prose(1000), false);
  t.deepEqual(frame, frameOfTheRest);
  t.is(instances.made, 2);
  t.true((await decode(codec, await whole.encode(prose(1000), false))).equals(prose(1000)));
  t.is(instances.made, 2);
});

test("what begins like no frame of the object is not taken for one", async (t) => {
  const garbage = unsigned.slice();
  garbage.fill(0, 0, 4);
  const made = [garbage, unsigned.slice(0, -1).fill(7, 4, 9), unsigned.slice()];
  const compress = (): Uint8Array => made.shift()!;
  const instantiate = async (): Promise<ZstdInstance> => ({ compress, decompress: compress });
  const whole = wholeOf(zstdCodec({ instantiate }));
  await t.throwsAsync(whole.encode(prose(1000), false), { message: /made no frame of them$/ });
  t.deepEqual(await whole.encode(prose(1000), false), frameOfTheRest);
});

test("two failures in a row are reported, and the next object has a new instance", async (t) => {
  const instances = failing(2);
  const whole = wholeOf(zstdCodec({ instantiate: instances.instantiate }));
  await t.throwsAsync(whole.encode(prose(1000), false), { instanceOf: WebAssembly.RuntimeError });
  t.deepEqual(await whole.encode(prose(1000), false), frameOfTheRest);
  t.is(instances.made, 3);
});

test("Node makes as many instances as are wanted", async (t) => {
  const codecs = [1, 2, 3].map(() => packageZstd());
  for (const codec of codecs) t.deepEqual(await wholeOf(codec).encode(prose(1000), false), frameOfTheRest);
});

test("more than an instance is trusted with is refused before it is given to one", async (t) => {
  const instances = failing(0);
  const whole = wholeOf(zstdCodec({ instantiate: instances.instantiate }));
  const tooMuch = new Uint8Array(16 * MIB + 1);
  await t.throwsAsync(async () => whole.encode(tooMuch, false), { message: /want 16777216 at most/ });
  t.is(instances.made, 0);
});

test("failed zeros are not remembered", async (t) => {
  const instances = failing(2);
  const whole = wholeOf(zstdCodec({ instantiate: instances.instantiate }));
  await t.throwsAsync(whole.encode(new Uint8Array(1000), true));
  await t.notThrowsAsync(whole.encode(new Uint8Array(1000), true));
});
