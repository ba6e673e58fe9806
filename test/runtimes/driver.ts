/** The server that programs of other runtimes ask what to do, and tell how it went; and their object store. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { startLoopbackServer } from "../helpers/loopback-server.js";
import { STORE_TOKEN } from "../portable/gcs.js";
import type { SuiteRequest } from "../portable/run.js";
import { GcsSites } from "../stores/gcs-emulator.js";
import { readBundle } from "./bundles.js";
import { type Answer, REPORT_PATH, REQUEST_PATH } from "./protocol.js";

const PAGE = `<!doctype html><meta charset="utf-8"><title>Suite</title><script type="module" src="/page.js"></script>`;

export interface Driver extends AsyncDisposable {
  readonly url: string;
  /** Resolves with what the program reports. */
  readonly answer: Promise<Answer>;
}

export interface DriverOptions {
  /** Of the bundles that a page loads. */
  readonly directory: string;
  /** Whether the page gets memory that threads share. @default {false} */
  readonly isolated?: boolean;
}

export async function startDriver(
  request: SuiteRequest,
  { directory, isolated = false }: DriverOptions,
): Promise<Driver> {
  const { promise: answer, resolve } = settled<Answer>();
  const stores = new GcsSites(STORE_TOKEN);
  const server = await startLoopbackServer((incoming, response) => {
    if (isolated) {
      response.setHeader("cross-origin-opener-policy", "same-origin");
      response.setHeader("cross-origin-embedder-policy", "require-corp");
    }
    respond(incoming, response, { request, directory, stores, resolve }).catch((error: unknown) => {
      response.destroy();
      resolve({ error: String(error) });
    });
  });
  return { url: server.url, answer, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

interface Exchange {
  readonly request: SuiteRequest;
  readonly directory: string;
  readonly stores: GcsSites;
  readonly resolve: (answer: Answer) => void;
}

async function respond(
  incoming: IncomingMessage,
  response: ServerResponse,
  { request, directory, stores, resolve }: Exchange,
): Promise<void> {
  const { pathname } = new URL(incoming.url!, "http://localhost");
  if (pathname.startsWith("/gcs/")) return await stores.answer(incoming, response);
  switch (pathname) {
    case REQUEST_PATH:
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ ...request, storeUrl: `http://${incoming.headers.host}` }));
      return;
    case REPORT_PATH: {
      const pieces: Buffer[] = [];
      for await (const piece of incoming) pieces.push(piece as Buffer);
      response.end();
      resolve(JSON.parse(Buffer.concat(pieces).toString()) as Answer);
      return;
    }
    case "/":
      response.setHeader("content-type", "text/html").end(PAGE);
      return;
    case "/page.js":
    case "/worker.js":
      response.setHeader("content-type", "text/javascript");
      response.end(await readBundle(directory, pathname.slice(1)));
      return;
    case "/zstd.wasm":
      response.setHeader("content-type", "application/wasm").end(await readBundle(directory, "zstd.wasm"));
      return;
    default:
      response.writeHead(404).end();
  }
}

/** A promise and what resolves it, which Node 20 cannot make by itself. */
function settled<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
