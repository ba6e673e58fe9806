/** A connection between a host and a server that can be cut for a while, as if the network was gone. */
import { once } from "node:events";
import { connect, createServer, type NetConnectOpts, type Socket } from "node:net";
import type { ExecutionContext } from "ava";

export interface Cable {
  /** Ends all connections and accepts no others for that time. */
  cut(ms: number): void;
}

/** @param at port, or path of a socket, to listen on; 0 for any free port */
export async function layCable(
  t: ExecutionContext,
  at: number | string,
  to: NetConnectOpts,
): Promise<Cable & { readonly port: number }> {
  const open = new Set<Socket>();
  let cutUntil = 0;
  const server = createServer((near) => {
    if (Date.now() < cutUntil) return near.destroy();
    const far = connect(to);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
    return undefined;
  });
  await (typeof at === "string"
    ? once(server.listen(at), "listening")
    : once(server.listen(at, "127.0.0.1"), "listening"));
  const address = server.address();
  t.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    cut(ms) {
      cutUntil = Date.now() + ms;
      for (const socket of open) socket.destroy();
    },
  };
}
