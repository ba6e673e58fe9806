/**
 * A program of somebody who has installed the package: backs up and restores through `fetch`, with nothing of Node's.
 * Its argument says in JSON where the stores are.
 */
import {
  createBackup,
  MemorySource,
  MemoryTarget,
  openRepository,
  portableRuntime,
  restoreBackup,
} from "ashlar";
import { GcsSink, givenToken, metadataToken } from "ashlar/sinks/gcs";
import { FetchClient, RetryClient, RetrySink, webClock, webRetries } from "ashlar/sinks/http";
import { S3Sink } from "ashlar/sinks/s3";
import { SwiftSink, TempAuth } from "ashlar/sinks/swift";

const { swift, s3, gcs } = JSON.parse(process.argv[2]);
const runtime = await portableRuntime();
const retries = webRetries({ attempts: 3, delayMs: 50 });
const http = new RetryClient(new FetchClient(), retries);
const host = { http, clock: webClock, hashes: runtime.hashes };

const sinks = {
  swift: new SwiftSink({ ...host, auth: new TempAuth({ http, clock: webClock, ...swift }) }),
  s3: new S3Sink({ ...host, endpoint: s3.endpoint, credentials: async () => s3 }),
  gcs: new GcsSink({
    ...host,
    endpoint: gcs.endpoint,
    project: "tests",
    auth: metadataToken({ http, clock: webClock, server: gcs.endpoint }),
  }),
};

const volume = new Uint8Array(900_000).map((_, index) => ((index >> 3) * 2654435761) >>> 11);
for (const [name, inner] of Object.entries(sinks)) {
  const sink = new RetrySink(inner, { ...retries, what: "reads" });
  const { id } = await createBackup(new MemorySource(volume), sink, {
    runtime,
    volumeId: "v",
    container: "portable",
    chunkSize: 327_680,
  });
  const repository = await openRepository(sink);
  const target = new MemoryTarget({ size: volume.length });
  await restoreBackup(await repository.openChain(id), target, { runtime });
  const same = target.bytes.every((byte, index) => byte === volume[index]);
  console.log(`${name}: ${same ? "the same" : "different"}`);
}
console.log(`${typeof givenToken("token")} of a token`);
await http.close();
