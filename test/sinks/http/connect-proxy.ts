/** A proxy that connects, whatever host is named, to a port on loopback. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { ExecutionContext } from "ava";

export interface ConnectProxy {
  readonly url: string;
  /** `host:port` of each connection that was asked for. */
  readonly hosts: readonly string[];
}

/** @param portOf the port that stands for a host */
export async function startConnectProxy(
  t: ExecutionContext,
  portOf: (host: string) => number,
): Promise<ConnectProxy> {
  const hosts: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((_, answer) => answer.writeHead(501).end());
  server.on("connect", (request, client: Socket) => {
    const host = request.url ?? "";
    hosts.push(host);
    const target = connect(portOf(host), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
    }
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts };
}
