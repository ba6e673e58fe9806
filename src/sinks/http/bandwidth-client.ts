/** Like `BandwidthSink`, for drivers over HTTP, which buffer an object's bytes and send them later. */

import type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import type { Buckets, ByteBucket } from "../layers/bandwidth.js";
import { streamOf } from "./body.js";
import { MemoryBody } from "./memory-body.js";

const SLICE_SIZE = 65_536;

export class BandwidthClient implements HttpClient {
  readonly #inner: HttpClient;
  readonly #buckets: Buckets;

  constructor(inner: HttpClient, buckets: Buckets) {
    this.#inner = inner;
    this.#buckets = buckets;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    const { upload, download } = this.#buckets;
    const sent = upload === undefined ? request : slowed(request, upload);
    const response = await this.#inner.send(sent);
    if (download === undefined) return response;
    const body = streamOf(passing(response.body, download, request.signal), (error) => error);
    return { ...response, body };
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}

function slowed(request: HttpRequest, bucket: ByteBucket): HttpRequest {
  const { body, headers, signal } = request;
  if (body === undefined) return request;
  const length = body instanceof Uint8Array || body instanceof MemoryBody ? body.length : undefined;
  const known = length === undefined ? {} : { "content-length": String(length) };
  const pieces = body instanceof Uint8Array ? [body] : body;
  return { ...request, headers: { ...known, ...headers }, body: passing(pieces, bucket, signal) };
}

async function* passing(
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bucket: ByteBucket,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let offset = 0; offset < piece.length; offset += SLICE_SIZE) {
      const slice = piece.subarray(offset, offset + SLICE_SIZE);
      await bucket.pass(slice.length, signal);
      yield slice;
    }
  }
}
