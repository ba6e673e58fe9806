/** A driver of an object store over `fetch`: its contract, and chains of backups through it. */
import type { CodecId } from "../../src/codecs/codec.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { givenToken } from "../../src/sinks/gcs/auth.js";
import { GcsSink } from "../../src/sinks/gcs/sink.js";
import { FetchClient } from "../../src/sinks/http/fetch.js";
import { webClock } from "../../src/sinks/http/web.js";
import { sinkContract } from "../../src/testing/sink-contract.js";
import { joined, noise, patched, prose } from "../pipeline/volume-bytes.js";
import { type PortableTest, runCases } from "./assertions.js";
import { firstDifference, World } from "./world.js";

/** What the store lets in. */
export const STORE_TOKEN = "portable";

/** The least there is, so that small objects go in several. */
const PART_SIZE = 262_144;
const BLOCK_SIZE = 4096;
const SIZE = 200 * BLOCK_SIZE + 77;
const CODECS: readonly CodecId[] = ["none", "zlib"];

/** @param url of a server that has a store of its own below each name */
export function gcsTests(test: PortableTest, runtime: Runtime, url: string): void {
  const makeSink = async (): Promise<GcsSink> =>
    new GcsSink({
      http: new FetchClient(),
      hashes: runtime.hashes,
      clock: webClock,
      auth: givenToken(STORE_TOKEN),
      endpoint: `${url}/gcs/${crypto.randomUUID()}`,
      project: "tests",
      partSize: PART_SIZE,
    });
  runCases(
    test,
    "GCS over fetch",
    sinkContract(makeSink, { nestedContainers: false, listsUnfinished: false, manyCount: 51 }),
  );
  for (const codec of CODECS) {
    test(`GCS over fetch, ${codec}: a chain comes back at every point`, async (t) => {
      const sink = await makeSink();
      const world = await World.create({
        ...{ runtime, sink, codec },
        ...{ blockSize: BLOCK_SIZE, chunkSize: 100 * BLOCK_SIZE },
      });
      const first = joined(prose(SIZE / 2), noise(SIZE - Math.ceil(SIZE / 2)));
      const points = [first, patched(first, 7 * BLOCK_SIZE, noise(3 * BLOCK_SIZE, 5))];
      for (const [number, bytes] of points.entries()) await world.backup(bytes, { incremental: number > 0 });
      for (const [number, bytes] of points.entries()) {
        t.is(firstDifference(await world.restoredNew(number, bytes.length), bytes), -1);
      }
    });
  }
}
