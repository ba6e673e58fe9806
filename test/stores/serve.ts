/**
 * Starts one of the tests' servers for another program, and ends with its standard input. Prints one line of JSON: where
 * the server is, and who may use it.
 *
 *     node build/test/stores/serve.js swift|radosgw
 */
import { once } from "node:events";
import { startRadosgw } from "./radosgw-server.js";
import { startSwift } from "./swift-server.js";

async function serveSwift() {
  const { authUrl, stop } = await startSwift();
  return { stop, address: { kind: "swift", authUrl, user: "test:tester", key: "testing" } };
}

async function serveRadosgw() {
  const { endpoint, makeAccount, stop } = await startRadosgw();
  return { stop, address: { kind: "s3", endpoint, ...(await makeAccount()) } };
}

const [name] = process.argv.slice(2);
const { address, stop } = await (name === "swift" ? serveSwift() : serveRadosgw());
console.log(JSON.stringify(address));
process.stdin.resume();
await once(process.stdin, "close");
await stop();
