/** Serves a fetch handler with Node's own HTTP server, on one address. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { TLSSocket } from "node:tls";
import { StorageError } from "../../errors.js";
import type { ImageHandler } from "../../image/image-handler.js";

export interface ImageServerOptions {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
  /**
   * Whether to refuse requests with a host name other than this machine's own. A foreign page could let its own name
   * resolve to this address (DNS rebinding), and then read data meant for local users only.
   */
  readonly isLocalOnly: boolean;
  /** Certificate chain and private key in PEM. @default {none: plain HTTP} */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface ImageServer {
  /** Without a slash at the end. */
  readonly url: string;
  /** Accepts no more requests, and waits for those in progress until a grace period is over. */
  close(): Promise<void>;
}

/** Grace period for requests in progress when the server closes. */
const GRACE_MS = 5000;
/** Beyond the 60 s for which common reverse proxies keep idle connections, so that the proxy closes them first. */
const KEEP_ALIVE_MS = 75_000;
/** Time limit for the arrival of a request. */
const REQUEST_TIMEOUT_MS = 60_000;

/** @throws StorageError when the server cannot listen on the address */
export async function startImageServer(
  handler: ImageHandler,
  { host, port, isLocalOnly, tls }: ImageServerOptions,
): Promise<ImageServer> {
  const listener = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    answer(handler, { incoming, outgoing, isLocalOnly }).catch(() => outgoing.destroy());
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new StorageError(`Cannot listen on ${host} port ${port}: ${code}`, { call: "listen", cause });
  }
  const { port: given } = server.address() as AddressInfo;
  const shown = host.includes(":") ? `[${host}]` : host;
  return { url: `${tls === undefined ? "http" : "https"}://${shown}:${given}`, close: () => close(server) };
}

/** Whether a host name is this machine's own. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS);
  await closed;
  clearTimeout(timer);
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly isLocalOnly: boolean;
}

async function answer(handler: ImageHandler, { incoming, outgoing, isLocalOnly }: Exchange): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => gone.abort());
  const request = requestOf(incoming, gone.signal);
  if (request === undefined) return end(outgoing, 400);
  if (isLocalOnly && !isLoopback(new URL(request.url).hostname)) return end(outgoing, 421);
  await send(await handler(request), outgoing, gone.signal);
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "/", headers } = incoming;
  const scheme = incoming.socket instanceof TLSSocket ? "https" : "http";
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    const fields = Object.entries(headers).map(([name, value]) => [name, String(value)] as [string, string]);
    const body = hasBody ? (Readable.toWeb(incoming) as ReadableStream<Uint8Array>) : null;
    const init: RequestInit & { duplex: "half" } = { method, headers: fields, signal, body, duplex: "half" };
    return new Request(new URL(`${scheme}://${headers.host ?? ""}${url}`), init);
  } catch {
    // The host, the path or the method is invalid.
    return undefined;
  }
}

function end(outgoing: ServerResponse, status: number): void {
  outgoing.writeHead(status, { "content-length": 0, connection: "close" }).end();
}

/** Sends the response as fast as the client takes it. */
async function send(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const reader = response.body?.getReader();
  try {
    for (let next = await reader?.read(); next !== undefined && !next.done; next = await reader?.read()) {
      if (!outgoing.write(next.value)) await once(outgoing, "drain", { signal });
    }
    outgoing.end();
  } finally {
    // No effect if the body has come to its end.
    await reader?.cancel().catch(() => undefined);
  }
}
