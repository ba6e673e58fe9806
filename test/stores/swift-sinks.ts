/** Swift sinks for tests, as the command makes them but without its configuration. */
import { nodeClock } from "../../src/node/clock.js";
import { nodeHashes } from "../../src/node/digests/hashes.js";
import { NodeHttpClient } from "../../src/node/http/client.js";
import type { HttpClient } from "../../src/ports.js";
import type { SwiftAuth } from "../../src/sinks/swift/auth.js";
import { SwiftSink, type SwiftSinkOptions } from "../../src/sinks/swift/sink.js";
import { TempAuth } from "../../src/sinks/swift/tempauth.js";

export const http: HttpClient = new NodeHttpClient();

export function tempAuth(authUrl: string, storageUrl?: string, client: HttpClient = http): SwiftAuth {
  const user = { user: "admin:admin", key: "admin" };
  return new TempAuth({ http: client, clock: nodeClock, authUrl, storageUrl, ...user });
}

export function swiftSink(auth: SwiftAuth, options: Partial<SwiftSinkOptions> = {}): SwiftSink {
  return new SwiftSink({ http, clock: nodeClock, hashes: nodeHashes, auth, ...options });
}
