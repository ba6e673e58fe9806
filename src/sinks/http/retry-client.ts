/**
 * A layer `HttpClient → HttpClient` that repeats a request if the connection failed or the answer is a temporary error.
 * Only requests without a body, or with one in memory, can be repeated. They must be idempotent, because a lost answer
 * looks like a lost request; those of the drivers are.
 *
 * The caller reads the body of a response: a failure while it does so is not retried here.
 */

import { toUtf8 } from "../../bytes.js";
import { StorageError } from "../../errors.js";
import type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
import { Retries, type RetryPolicy } from "../layers/backoff.js";
import { drain, readText } from "./body.js";
import { MemoryBody } from "./memory-body.js";
import { shownUrl } from "./redact.js";
import { retryAfterMs } from "./retry-after.js";
import { isTemporary } from "./status.js";

/** A status that is temporary with one store's servers, depending on the answer's body, which is read for that. */
export interface TemporaryStatus {
  readonly status: number;
  /** Whether answers to the request are judged. @default {all are} */
  isOf?(request: HttpRequest): boolean;
  isTemporary(body: string): boolean;
}

const BODY_SIZE_MAX = 65_536;

export class RetryClient implements HttpClient {
  readonly #inner: HttpClient;
  readonly #policy: RetryPolicy;
  readonly #temporary: readonly (number | TemporaryStatus)[];

  /** @param temporary statuses that are temporary with this store, beside those that are with every server */
  constructor(inner: HttpClient, policy: RetryPolicy, temporary: readonly (number | TemporaryStatus)[] = []) {
    this.#inner = inner;
    this.#policy = policy;
    this.#temporary = temporary;
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    if (!isRepeatable(request)) return await unencoded(request, await this.#inner.send(request));
    const retries = new Retries(this.#policy, request.signal);
    for (;;) {
      const outcome = await this.#attempt(request);
      if (outcome instanceof StorageError) {
        if (!(await retries.next())) throw outcome;
        continue;
      }
      const { answer, mayPass } = await this.#judge(request, outcome);
      const wait = retryAfterMs(answer.headers, this.#policy.clock.now());
      if (!mayPass || !retries.isLeft(wait)) return answer;
      await drain(answer.body);
      await retries.next(wait);
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Decides whether the answer is temporary. Returns the answer too, because its body may have been read for that. */
  async #judge(
    request: HttpRequest,
    answer: HttpResponse,
  ): Promise<{ readonly answer: HttpResponse; readonly mayPass: boolean }> {
    const { status } = answer;
    if (isTemporary(status)) return { answer, mayPass: true };
    const rule = this.#temporary.find((each) =>
      typeof each === "number" ? each === status : each.status === status && (each.isOf?.(request) ?? true),
    );
    if (rule === undefined || typeof rule === "number") return { answer, mayPass: rule !== undefined };
    const text = await readText(answer.body, BODY_SIZE_MAX).catch(() => "");
    return { answer: { ...answer, body: bodyOfText(text) }, mayPass: rule.isTemporary(text) };
  }

  async #attempt(request: HttpRequest): Promise<HttpResponse | StorageError> {
    try {
      return await unencoded(request, await this.#inner.send(request));
    } catch (error) {
      if (error instanceof StorageError && error.status === "temporary") return error;
      throw error;
    }
  }
}

/** Codings that change the bytes. Some servers answer with others that an upload had, such as `aws-chunked`. */
const ENCODED = /(^|[\s,])(x-)?(gzip|deflate|compress|br|zstd)\b/i;

/** @throws StorageError for an answer with an encoded body, since requests ask for none */
async function unencoded(request: HttpRequest, answer: HttpResponse): Promise<HttpResponse> {
  const coding = answer.headers["content-encoding"] ?? "";
  const isSuccess = answer.status >= 200 && answer.status < 300;
  if (!isSuccess || request.method === "HEAD" || !ENCODED.test(coding)) return answer;
  await drain(answer.body).catch(() => undefined);
  throw new StorageError(
    `Cannot ${request.method} ${shownUrl(request.url)}: the answer is encoded as ${coding}, which was not asked for; a proxy or cache on the way must not do that`,
    { call: request.method.toLowerCase(), status: "temporary" },
  );
}

function bodyOfText(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (text !== "") controller.enqueue(toUtf8(text));
      controller.close();
    },
  });
}

function isRepeatable({ body }: HttpRequest): boolean {
  return body === undefined || body instanceof Uint8Array || body instanceof MemoryBody;
}
