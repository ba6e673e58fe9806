/**
 * A proxy in front of a store that does to exchanges what bad networks, busy servers and careless caches do. It passes
 * the Host header on as it is, so that signatures hold and servers name the proxy in the URLs that they give.
 */
import { once } from "node:events";
import {
  type ClientRequest,
  request as forwardRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { ExecutionContext } from "ava";
import { startLoopbackServer } from "../helpers/loopback-server.js";

export type Fault =
  /** Answers without asking the store; an answer to HEAD has no body. */
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Ends the connection after the answer's headers. */
  | { readonly kind: "headers-only" }
  /** Says another length of the answer's body than it has. */
  | { readonly kind: "length"; readonly by: number }
  /** Encodes the answer's body, which nobody asked for. */
  | { readonly kind: "gzip" }
  /** Resets the connection once so many bytes of the request's body, or of the answer's, have passed. */
  | { readonly kind: "reset-request"; readonly after: number }
  | { readonly kind: "reset-response"; readonly after: number }
  /** Ends the answer's body there: with its Content-Length, or without one, as if that were its end. */
  | { readonly kind: "truncate"; readonly after: number; readonly keepsLength: boolean }
  /** Lets the store do it and never says so. */
  | { readonly kind: "lose-answer" }
  /** The store gets the request twice. */
  | { readonly kind: "duplicate" }
  | { readonly kind: "etag"; readonly etag: string }
  /** Changes a bit of that byte of the request's body, or of the answer's. */
  | { readonly kind: "flip-request"; readonly at: number }
  | { readonly kind: "flip-response"; readonly at: number }
  /** Passes so many bytes of the answer on, and more only after a time. */
  | { readonly kind: "drip"; readonly size: number; readonly everyMs: number }
  /** Never answers, and never takes the request's body. */
  | { readonly kind: "hang" }
  /** Lets the store do it, and keeps its answer for ever. */
  | { readonly kind: "withhold" }
  /** Answers as it did the first time that it was asked the same. */
  | { readonly kind: "stale" };

export interface Exchange {
  /** 0-based, over all requests. */
  readonly index: number;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
}

export interface FaultProxy {
  readonly url: string;
  /** What happens to an exchange; `undefined` lets it pass. May be set anew at any time. */
  decide: (exchange: Exchange) => Fault | undefined;
  readonly exchanges: readonly Exchange[];
  /** How many faults were done. */
  readonly faultCount: () => number;
}

interface Remembered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** @param target the store's URL, `http://host:port` */
export async function startFaultProxy(t: ExecutionContext, target: string): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const exchanges: Exchange[] = [];
  const first = new Map<string, Remembered>();
  let faultCount = 0;
  const { url, server } = await startLoopbackServer((incoming, answer) => {
    const { method = "GET", url = "/", headers } = incoming;
    const exchange = { index: exchanges.length, method, url, headers };
    exchanges.push(exchange);
    const fault = proxy.decide(exchange);
    if (fault !== undefined) faultCount++;
    pass({ incoming, answer, exchange, target, fault, first }).catch(() => reset(incoming));
  });
  const proxy: FaultProxy = {
    url,
    decide: () => undefined,
    exchanges,
    faultCount: () => faultCount,
  };
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
  });
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return proxy;
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly answer: ServerResponse;
  readonly exchange: Exchange;
  readonly target: string;
  readonly fault: Fault | undefined;
  readonly first: Map<string, Remembered>;
}

async function pass(passing: Passing): Promise<void> {
  const { incoming, answer, exchange, fault, first } = passing;
  if (fault?.kind === "hang") return;
  if (fault?.kind === "answer") {
    incoming.resume();
    const { status, headers, body = "" } = fault;
    const length = String(Buffer.byteLength(body));
    answer.writeHead(status, { "content-length": length, ...headers });
    answer.end(exchange.method === "HEAD" ? undefined : body);
    return;
  }
  const key = `${exchange.method} ${exchange.url}`;
  const known = first.get(key);
  if (fault?.kind === "stale" && known !== undefined) {
    incoming.resume();
    answer.writeHead(known.status, known.headers).end(known.body);
    return;
  }
  const response = await forward(passing);
  if (response === undefined) return;
  await forwardResponse(response, passing, (remembered) => {
    if (!first.has(key) && exchange.method === "GET") first.set(key, remembered);
  });
}

/** The store's answer; `undefined` where there is none to give. */
async function forward({ incoming, exchange, target, fault }: Passing): Promise<IncomingMessage | undefined> {
  if (fault?.kind === "duplicate") {
    const body = Buffer.concat(await (incoming as AsyncIterable<Buffer> & IncomingMessage).toArray());
    const unheard = send(exchange, target);
    unheard.end(body);
    (await answerTo(unheard)).resume();
    const heard = send(exchange, target);
    heard.end(body);
    return await answerTo(heard);
  }
  const outgoing = send(exchange, target);
  const answered = answerTo(outgoing);
  answered.catch(() => undefined);
  let position = 0;
  for await (const piece of incoming as AsyncIterable<Buffer>) {
    if (fault?.kind === "reset-request" && position + piece.length > fault.after) {
      outgoing.write(piece.subarray(0, fault.after - position));
      outgoing.destroy();
      reset(incoming);
      return undefined;
    }
    if (fault?.kind === "flip-request") flip(piece, fault.at - position);
    position += piece.length;
    if (!outgoing.write(piece)) await Promise.race([once(outgoing, "drain"), answered]);
  }
  outgoing.end();
  const response = await answered;
  if (fault?.kind === "withhold") {
    response.resume();
    return undefined;
  }
  if (fault?.kind !== "lose-answer") return response;
  response.resume();
  await once(response, "end");
  reset(incoming);
  return undefined;
}

function send({ method, url, headers }: Exchange, target: string): ClientRequest {
  const { hostname, port } = new URL(target);
  const { connection: _, ...passed } = headers;
  const request = forwardRequest({ hostname, port, method, path: url, headers: passed, agent: false });
  // What goes wrong before the answer, `answerTo` hears; afterwards the answer itself does.
  request.on("error", () => undefined);
  return request;
}

async function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return response;
}

async function forwardResponse(
  response: IncomingMessage,
  { incoming, answer, fault }: Passing,
  remember: (remembered: Remembered) => void,
): Promise<void> {
  const { statusCode: status = 502 } = response;
  const { connection: _, ...headers } = response.headers;
  if (fault?.kind === "etag") headers.etag = fault.etag;
  if (fault?.kind === "truncate" && !fault.keepsLength) {
    delete headers["content-length"];
    headers.connection = "close";
  }
  if (fault?.kind === "gzip") {
    const body = gzipSync(
      Buffer.concat(await (response as AsyncIterable<Buffer> & IncomingMessage).toArray()),
    );
    const length = String(body.length);
    answer.writeHead(status, { ...headers, "content-encoding": "gzip", "content-length": length }).end(body);
    return;
  }
  if (fault?.kind === "length") {
    headers["content-length"] = String(Math.max(0, Number(headers["content-length"] ?? 0) + fault.by));
    answer.strictContentLength = false;
  }
  answer.writeHead(status, headers);
  if (fault?.kind === "headers-only") {
    answer.flushHeaders();
    await new Promise((resolve) => setTimeout(resolve, 20));
    incoming.socket.end();
    response.destroy();
    return;
  }
  const pieces: Buffer[] = [];
  const closed = once(answer, "close");
  closed.catch(() => undefined);
  let position = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    if (position < REMEMBERED_SIZE_MAX) pieces.push(Buffer.from(piece));
    if (fault?.kind === "flip-response") flip(piece, fault.at - position);
    const stop = stopOf(fault);
    if (stop !== undefined && position + piece.length > stop) {
      answer.write(piece.subarray(0, stop - position));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (fault?.kind === "truncate" && !fault.keepsLength) answer.end();
      else reset(incoming);
      response.destroy();
      return;
    }
    position += piece.length;
    if (fault?.kind === "drip") await drip(answer, piece, fault);
    else if (!answer.write(piece)) await Promise.race([once(answer, "drain"), closed]);
    if (answer.destroyed) return;
  }
  answer.end();
  remember({ status, headers: response.headers, body: Buffer.concat(pieces) });
}

const REMEMBERED_SIZE_MAX = 1_048_576;

function stopOf(fault: Fault | undefined): number | undefined {
  return fault?.kind === "reset-response" || fault?.kind === "truncate" ? fault.after : undefined;
}

async function drip(
  answer: ServerResponse,
  piece: Buffer,
  { size, everyMs }: Extract<Fault, { kind: "drip" }>,
): Promise<void> {
  for (let offset = 0; offset < piece.length && !answer.destroyed; offset += size) {
    answer.write(piece.subarray(offset, offset + size));
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function flip(piece: Buffer, at: number): void {
  if (at >= 0 && at < piece.length) piece[at]! ^= 1;
}

function reset({ socket }: IncomingMessage): void {
  socket.resetAndDestroy();
}

/** Does `fault` to the first `times` exchanges that `matches`. */
export function faultFirst(
  fault: Fault,
  matches: (exchange: Exchange) => boolean,
  times = 1,
): (exchange: Exchange) => Fault | undefined {
  let left = times;
  return (exchange) => {
    if (left === 0 || !matches(exchange)) return undefined;
    left--;
    return fault;
  };
}
