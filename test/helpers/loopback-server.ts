/** HTTP servers on 127.0.0.1 that stand for stores, proxies and hooks. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface LoopbackServer {
  /** Without a slash at the end. */
  readonly url: string;
  readonly server: Server;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startLoopbackServer(listener: RequestListener): Promise<LoopbackServer> {
  const server = createServer(listener);
  // By default Node closes a connection that was idle for 5 s. Where client and server share a busy event loop, it
  // closes one that a request has already been written to, and the client sees ECONNRESET: 141 of 1119 requests in a
  // process that blocks for up to 9 s at a time, none of 1200 without the limit.
  server.keepAliveTimeout = 0;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
