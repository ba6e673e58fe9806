/** `HttpClient` over `fetch`, for runtimes that have nothing nearer to the connection. */

import type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import { ownPieces, streamOf } from "./body.js";
import { connectionError } from "./connection-error.js";

/** `RequestInit` of the fetch standard; TypeScript's library lacks `duplex`. */
interface StreamingInit extends RequestInit {
  readonly duplex: "half";
}

export class FetchClient implements HttpClient {
  readonly #fetch: typeof fetch;

  /** @param given `fetch` of the runtime, where it is not the global one */
  constructor(given: typeof fetch = globalThis.fetch) {
    // Called as a method of this object, the global one would refuse.
    this.#fetch = (input, init) => given(input, init);
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = request;
    signal?.throwIfAborted();
    try {
      const response = await this.#fetch(url, initOf(request));
      const failed = (error: unknown): unknown => failureOf(request, error);
      const body = response.body === null ? emptyBody() : streamOf(pieces(response.body), failed);
      return { status: response.status, headers: Object.fromEntries(response.headers), body };
    } catch (error) {
      throw failureOf(request, error);
    }
  }

  /** Connections are the runtime's. */
  async close(): Promise<void> {}
}

function initOf({ method, headers, body, signal }: HttpRequest): StreamingInit {
  const init: StreamingInit = { method, redirect: "manual", duplex: "half" };
  if (signal !== undefined) init.signal = signal;
  // `fetch` would say "please decode for me", and then bodies were not the stored bytes.
  init.headers = { "accept-encoding": "identity", ...headers };
  // One in a stream of its own: given whole, `fetch` copies it (measured: 0.7 GB/s instead of 3.1, twice the memory).
  if (body !== undefined) init.body = bodyOf(body, init.headers as Record<string, string>);
  return init;
}

function bodyOf(
  body: Uint8Array | AsyncIterable<Uint8Array>,
  headers: Record<string, string>,
): ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer> {
  if (!(body instanceof Uint8Array)) return streamOf(ownPieces(body), (error) => error);
  if (body.length < SMALL_SIZE) return new Uint8Array(body);
  headers["content-length"] = String(body.length);
  return streamOf(slices(body), (error) => error);
}

const SMALL_SIZE = 65_536;
const SLICE_SIZE = 1_048_576;

async function* slices(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += SLICE_SIZE) {
    yield new Uint8Array(bytes.subarray(offset, offset + SLICE_SIZE));
  }
}

async function* pieces(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      isDone = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isDone) await reader.cancel().catch(() => undefined);
  }
}

function failureOf(request: HttpRequest, error: unknown): unknown {
  return request.signal?.aborted ? request.signal.reason : connectionError(request, error);
}

function emptyBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}
