/** The contract of sinks on a real Swift with TempAuth: objects in one request, and objects in segments. */
import test from "ava";
import { sinkContract } from "../sinks/contract.js";
import { newAccount, startSwift, useServer } from "./swift-server.js";
import { swiftSink, tempAuth } from "./swift-sinks.js";

const swift = useServer(test, startSwift);

function sink(options: Parameters<typeof swiftSink>[1] = {}) {
  return swiftSink(tempAuth(swift.server.authUrl, newAccount(swift.server)), options);
}

sinkContract(test, "swift", async () => sink({ partsMax: 16, partSize: 4_194_304 }), {
  nestedContainers: false,
  manyCount: 501,
});
sinkContract(test, "swift, parts of 64 KiB", async () => sink({ partSize: 65_536, pageSize: 7 }), {
  nestedContainers: false,
  manyCount: 51,
});
