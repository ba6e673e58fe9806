/** The contract of codecs, held by those of Node's runtime. */
import test from "ava";
import { pooledBz2Codec } from "../../src/node/codecs/bzip2.js";
import { nodeZlibCodec } from "../../src/node/codecs/zlib.js";
import { nodeZstdCodec } from "../../src/node/codecs/zstd.js";
import { WorkerPool } from "../../src/node/threads/pool.js";
import { codecContract } from "../../src/testing/index.js";
import { runCases } from "../portable/assertions.js";

const workers = new WorkerPool();
const codecs = [await nodeZlibCodec(), pooledBz2Codec({ workers }), nodeZstdCodec()];
for (const codec of codecs) runCases(test, `${codec.id} of Node`, codecContract(codec));
test.after.always(() => workers.close());
