/** The sink contract on the S3 interface of OpenStack Swift, which checks signatures by an implementation of its own. */
import test from "ava";
import { sinkContract } from "../sinks/contract.js";
import type { S3Server } from "./radosgw-server.js";
import { s3Cases } from "./s3-cases.js";
import { makeS3Sink, S3_PAGE_SIZE } from "./s3-sinks.js";
import { startSwift, useServer } from "./swift-server.js";

const swift = useServer(test, startS3OnSwift);

s3Cases({ test, name: "S3 on Swift", server: () => swift.server, has: { conditionalPut: false } });

sinkContract(
  test,
  "S3 on Swift",
  async (t) => makeS3Sink(t, swift.server, await swift.server.makeAccount()),
  {
    nestedContainers: false,
    manyCount: S3_PAGE_SIZE + 1,
  },
);

/** Accounts are in the server's configuration, so there are as many as the tests take. */
async function startS3OnSwift(): Promise<S3Server> {
  const accounts = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`s3test${i}`, `secret${i}`]));
  const { url, stop } = await startSwift({ accounts });
  const free = Object.entries(accounts);
  return {
    endpoint: url,
    stop,
    async makeAccount() {
      const next = free.pop();
      if (next === undefined) throw new Error("there are more tests than accounts");
      return { accessKeyId: `${next[0]}:user`, secretAccessKey: next[1] };
    },
  };
}
