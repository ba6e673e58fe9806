/** Every codec of the runtime, held against the contract. */
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { codecContract } from "../../src/testing/codec-contract.js";
import { type PortableTest, runCases } from "./assertions.js";

export function codecTests(test: PortableTest, { codecs }: Runtime): void {
  test("codecs: zlib, bz2 and zstd are there", (t) => {
    t.deepEqual([...codecs.keys()].sort(), ["bz2", "zlib", "zstd"]);
  });
  for (const [id, codec] of codecs) runCases(test, id, codecContract(codec));
}
