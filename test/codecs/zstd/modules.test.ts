/** The package of zstd has one instance in each copy of its module: nobody may come by somebody else's. */

import test from "ava";
import { zstdCodec } from "../../../src/codecs/zstd/codec.js";
import { instantiateOnce } from "../../../src/codecs/zstd/wasm/instance.js";
import { instantiateFresh } from "../../../src/node/codecs/zstd/instance.js";
import { prose } from "../../pipeline/volume-bytes.js";
import { wholeOf } from "../streams.js";
import { decode } from "./peers.js";

const PLAIN = prose(200_000);

test("an instance of a fresh copy, one of the package's own, and another fresh one do not disturb each other", async (t) => {
  const instances = [await instantiateFresh()];
  const check = (when: string): void => {
    for (const [index, instance] of instances.entries()) {
      const plain = PLAIN.subarray(index * 1000);
      t.deepEqual(
        new Uint8Array(instance.decompress(instance.compress(plain, 3))),
        plain,
        `${index} ${when}`,
      );
    }
  };
  check("alone");
  instances.push(await instantiateOnce());
  check("beside the package's own");
  instances.push(await instantiateFresh());
  check("beside another copy");
});

test("every portable codec of a realm encodes", async (t) => {
  const codecs = [zstdCodec(), zstdCodec(), zstdCodec({ level: 5 })];
  const frames = await Promise.all(codecs.map((codec) => wholeOf(codec).encode(PLAIN, false)));
  for (const frame of frames) t.true((await decode(codecs[0]!, frame)).equals(PLAIN));
});
