/** Real servers with objects beyond 32 bits and the largest single put, and with listings beyond their largest page. */
import test, { type ExecutionContext } from "ava";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { listNames, putObject } from "../../src/testing/objects.js";
import { largeObject } from "./large-object.js";
import { startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const radosgw = useServer(test, startRadosgw);
const swift = useServer(test, startSwift);
/** One more than Swift lists in a page, and ten pages of S3. */
const MANY = 10_001;
const AT_ONCE = 16;

const STORES = {
  Swift: async () => swiftSink(tempAuth(swift.server.authUrl, newAccount(swift.server))),
  "S3 on radosgw": async (t) => makeS3Sink(t, radosgw.server, await radosgw.server.makeAccount()),
} satisfies Record<string, (t: ExecutionContext) => Promise<ObjectSink>>;

for (const [name, makeSink] of Object.entries(STORES)) {
  test.serial(`${name}: an object of 6 GiB`, async (t) => {
    await largeObject(t, await makeSink(t));
  });

  test.serial(`${name}: ${MANY} objects are listed, each once`, async (t) => {
    t.timeout(600_000);
    const sink = await makeSink(t);
    await sink.createContainer("many");
    const names = Array.from({ length: MANY }, (_, number) => `many-${String(number).padStart(5, "0")}`);
    for (let first = 0; first < MANY; first += AT_ONCE) {
      const puts = names.slice(first, first + AT_ONCE);
      await Promise.all(
        puts.map((each) => putObject(sink, { container: "many", name: each }, new Uint8Array(1))),
      );
    }
    t.deepEqual(await listNames(sink, "many", ""), names);
  });
}
