/** A server on loopback that does what the path of each request says, for the contract of HTTP clients. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ExecutionContext } from "ava";
import { startLoopbackServer } from "../../helpers/loopback-server.js";

export interface EchoServer {
  readonly url: string;
  /** How many connections were made. */
  readonly connectionCount: () => number;
  /** Bytes of the body of the request to `/slow` that have been read. */
  readonly slowlyRead: () => number;
}

export async function startEchoServer(t: ExecutionContext): Promise<EchoServer> {
  const sockets = new Set<Socket>();
  let connectionCount = 0;
  const slow = { read: 0 };
  const { url, server } = await startLoopbackServer(
    (request, response) => void answer(request, response, slow),
  );
  server.on("connection", (socket) => {
    connectionCount++;
    sockets.add(socket);
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    url,
    connectionCount: () => connectionCount,
    slowlyRead: () => slow.read,
  };
}

const PIECE: Uint8Array = new Uint8Array(65_536).fill(7);

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  slow: { read: number },
): Promise<void> {
  const { pathname } = new URL(request.url!, "http://host");
  if (pathname === "/echo") return await echo(request, response);
  if (pathname === "/redirect") return void response.writeHead(302, { location: "/echo" }).end();
  if (pathname === "/hang") return;
  if (pathname === "/cut") return cut(response);
  if (pathname === "/reset") return void request.socket.resetAndDestroy();
  if (pathname === "/early") return void response.writeHead(401, { connection: "close" }).end("who are you");
  if (pathname === "/gzip")
    return void response.writeHead(200, { "content-encoding": "gzip" }).end("not really");
  if (pathname === "/large") return await large(response);
  if (pathname === "/slow") {
    request.on("data", (piece: Buffer) => {
      slow.read += piece.length;
      request.pause();
    });
    return;
  }
  response.writeHead(404).end();
}

/** Says what came: method, headers, and the body's length and MD5. */
async function echo(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const md5 = createHash("md5");
  let size = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    md5.update(piece);
    size += piece.length;
  }
  const { method, url, headers } = request;
  const body = JSON.stringify({ method, url, headers, size, md5: md5.digest("hex") });
  response.writeHead(200, { "content-type": "application/json", "x-several": ["a", "b"] }).end(body);
}

function cut(response: ServerResponse): void {
  response.writeHead(200, { "content-length": 1000 });
  response.write("only this", () => response.destroy());
}

/** 64 MiB as fast as they are taken. */
async function large(response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-length": 1024 * PIECE.length });
  const pieces = Readable.from(Array.from({ length: 1024 }, () => PIECE));
  // Whoever reads this may go away in the middle.
  await pipeline(pieces, response).catch(() => undefined);
}
