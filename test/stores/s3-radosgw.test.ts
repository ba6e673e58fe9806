/** The sink contract on Ceph's radosgw, what only a real server can show, and RBD images of its cluster. */
import test from "ava";
import { StorageError } from "../../src/errors.js";
import { nodeClock } from "../../src/node/clock.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import { sleep } from "../../src/sleep.js";
import { getObject, listNames, patternBytes, putObject } from "../../src/testing/objects.js";
import { MIB } from "../../src/units.js";
import { type MakeSink, sinkContract } from "../sinks/contract.js";
import { startConnectProxy } from "../sinks/http/connect-proxy.js";
import { startRadosgw } from "./radosgw-server.js";
import { rbdCases } from "./rbd-cases.js";
import { s3Cases } from "./s3-cases.js";
import { makeS3Sink, S3_PAGE_SIZE } from "./s3-sinks.js";
import { useServer } from "./swift-server.js";

const radosgw = useServer(test, startRadosgw);

s3Cases({ test, name: "S3 on radosgw", server: () => radosgw.server, has: { conditionalPut: true } });
rbdCases({ test, configFile: () => radosgw.server.configFile });

test.serial(
  "S3 on radosgw: with a customer's key the server encrypts, and without it gives nothing",
  async (t) => {
    const account = await radosgw.server.makeAccount();
    const customerKey = { key: "0123456789abcdef0123456789abcdef" };
    const sink = makeS3Sink(t, radosgw.server, account, { customerKey, partSize: 5 * MIB });
    await sink.createContainer("volumebackups");
    for (const [name, size] of [
      ["small", 1000],
      ["large", 11 * MIB],
    ] as const) {
      const location = { container: "volumebackups", name };
      await putObject(sink, location, patternBytes(size, 1), MIB);
      t.is(Buffer.compare(await getObject(sink, location, MIB), patternBytes(size, 1)), 0);
      t.is(await sink.size("volumebackups", name), size);
      const keyless = makeS3Sink(t, radosgw.server, account);
      await t.throwsAsync(getObject(keyless, location), { instanceOf: StorageError });
    }
  },
);

test.serial(
  "S3 on radosgw: buckets in front of the host's name, through a proxy that finds it",
  async (t) => {
    const account = await radosgw.server.makeAccount();
    const port = Number(new URL(radosgw.server.endpoint).port);
    const proxy = await startConnectProxy(t, () => port);
    const http = new NodeHttpClient({ proxy: proxy.url });
    const server = { endpoint: `http://s3.localhost:${port}` };
    const sink = makeS3Sink(t, server, account, { http, style: "virtual", partSize: 5 * MIB });
    await sink.createContainer("volumebackups");
    for (const size of [1000, 11 * MIB]) {
      const location = { container: "volumebackups", name: `volume_1/a b+c-${size}` };
      await putObject(sink, location, patternBytes(size, 1), MIB);
      t.is(Buffer.compare(await getObject(sink, location, MIB), patternBytes(size, 1)), 0);
    }
    // The same objects by the other style: the host's name was the bucket's.
    const byPath = makeS3Sink(t, radosgw.server, account);
    t.is((await listNames(byPath, "volumebackups", "")).length, 2);
    t.true(proxy.hosts.every((host) => host === `volumebackups.s3.localhost:${port}`));
    await sink.remove("volumebackups", "volume_1/a b+c-1000");
  },
);

sinkContract(
  test,
  "S3 on radosgw",
  async (t) => makeS3Sink(t, radosgw.server, await radosgw.server.makeAccount()),
  {
    nestedContainers: false,
    manyCount: S3_PAGE_SIZE + 1,
  },
);

const makeLocking: MakeSink = async (t) => {
  const account = await radosgw.server.makeAccount();
  return makeS3Sink(t, radosgw.server, account, { locksObjects: true, partSize: 5 * MIB });
};
sinkContract(test, "S3 on radosgw, with object lock", makeLocking, {
  nestedContainers: false,
  locks: { clock: nodeClock, pass: (ms) => sleep(ms, undefined) },
  only: /lock|held|leaves nothing/,
});

test("S3 on radosgw: what the server enforces is found out, and the probe goes when its lock has ended", async (t) => {
  const account = await radosgw.server.makeAccount();
  const sink = makeS3Sink(t, radosgw.server, account, { locksObjects: true });
  await sink.createContainer("locked");
  const { lock } = await sink.inspect("locked", "probe");
  t.deepEqual(lock, { refusesRemoval: true, refusesShortening: true, keepsOverwritten: true });
  t.deepEqual(await listNames(sink, "locked", ""), []);
  const plain = makeS3Sink(t, radosgw.server, account);
  await plain.createContainer("plain");
  t.is((await plain.inspect("plain", "probe")).lock, undefined);
});
