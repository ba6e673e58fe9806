/** A proxy in front of a store that counts requests by their method. It passes the Host header on, so signatures hold. */
import { once } from "node:events";
import { Agent, createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

export interface CountingProxy {
  readonly url: string;
  /** Requests since the last call, by method. */
  take(): Readonly<Record<string, number>>;
  stop(): void;
}

/** @param target the store's URL */
export async function startCountingProxy(target: string): Promise<CountingProxy> {
  const agent = new Agent({ keepAlive: true });
  const { hostname, port } = new URL(target);
  let counts: Record<string, number> = {};
  const server = createServer((incoming, answer) => {
    const { method = "GET", url: path } = incoming;
    const { connection: _, ...headers } = incoming.headers;
    counts[method] = (counts[method] ?? 0) + 1;
    const outgoing = forward({ agent, hostname, port, method, path, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    // Swift sends a body after a HEAD that closes the connection, which is an error behind the answer.
    outgoing.on("error", () => {
      if (!answer.headersSent) answer.destroy();
    });
    incoming.pipe(outgoing);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = counts;
      counts = {};
      return taken;
    },
    stop() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
    },
  };
}
