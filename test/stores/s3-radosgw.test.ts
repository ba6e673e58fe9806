/** The sink contract on Ceph's radosgw, and what only a real server can show. */
import test from "ava";
import { sinkContract } from "../sinks/contract.js";
import { startRadosgw } from "./radosgw-server.js";
import { makeS3Sink } from "./s3-sinks.js";

const server = await startRadosgw();
test.after.always(() => server.stop());

sinkContract(test, "S3 on radosgw", async (t) => makeS3Sink(t, server, await server.makeAccount()), {
  nestedContainers: false,
});
