/** The contract of codecs, held by those of Node's runtime. */
import test from "ava";
import { nodeBz2Codec } from "../../src/node/codecs/bz2.js";
import { nodeZlibCodec } from "../../src/node/codecs/zlib/codec.js";
import { nodeZstdCodec } from "../../src/node/codecs/zstd/codec.js";
import { WorkerPool } from "../../src/node/threads/pool.js";
import { codecContract } from "../../src/testing/index.js";
import { runCases } from "../portable/assertions.js";

const workers = new WorkerPool();
const codecs = [await nodeZlibCodec(), nodeBz2Codec({ workers }), nodeZstdCodec({ workers })];
for (const codec of codecs) runCases(test, `${codec.id} of Node`, codecContract(codec));
test.after.always(() => workers.close());
