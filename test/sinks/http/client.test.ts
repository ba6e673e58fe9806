import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { NodeHttpClient } from "../../../src/node/http/client.js";
import { FetchClient } from "../../../src/sinks/http/fetch.js";
import { clientContract } from "./client-contract.js";
import { startEchoServer } from "./echo-server.js";

clientContract(test, "undici", () => new NodeHttpClient());
clientContract(test, "fetch", () => new FetchClient());
clientContract(
  test,
  "fetch of whole bodies",
  () => new FetchClient(globalThis.fetch, { keepsLengths: false }),
);

test("a server that never answers ends with the timeout", async (t) => {
  const { url } = await startEchoServer(t);
  const client = new NodeHttpClient({ timeoutMs: 300 });
  const started = Date.now();
  const error = await t.throwsAsync(client.send({ method: "GET", url: `${url}/hang` }), {
    instanceOf: StorageError,
    message: /Timeout/i,
  });
  t.is((error as StorageError).status, "temporary");
  t.true(Date.now() - started < 30_000);
  await client.close();
});
