/** The contract of codecs: those of Node's runtime, and zlib by the kernel. */
import test from "ava";
import { zlibCodec } from "../../src/codecs/zlib/codec.js";
import { DeflateKernels } from "../../src/kernels/deflate-kernels.js";
import { nodeBz2Codec } from "../../src/node/codecs/bz2.js";
import { nodeZlibCodec } from "../../src/node/codecs/zlib/codec.js";
import { nodeZstdCodec } from "../../src/node/codecs/zstd/codec.js";
import { nodePool } from "../../src/node/threads/pool.js";
import { codecContract } from "../../src/testing/index.js";
import { runCases } from "../portable/assertions.js";

const pool = nodePool();
const codecs = [await nodeZlibCodec(), nodeBz2Codec({ pool }), nodeZstdCodec({ pool })];
for (const codec of codecs) runCases(test, `${codec.id} of Node`, codecContract(codec));
runCases(test, "zlib of the kernel", codecContract(zlibCodec({ deflating: new DeflateKernels() })));
test.after.always(() => pool.close());
