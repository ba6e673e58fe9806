/** An `HttpClient` that answers from a list, and time that passes only when somebody sleeps. */
import type { Clock, HttpClient, HttpRequest, HttpResponse } from "../../../src/ports.js";
import { streamOf } from "../../../src/sinks/http/body.js";
import type { RetryPolicy } from "../../../src/sinks/layers/backoff.js";

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class FakeClient implements HttpClient {
  readonly requests: HttpRequest[] = [];
  /** Bodies of the requests, as text. */
  readonly bodies: string[] = [];
  readonly #answers: (Answer | Error)[];

  constructor(answers: readonly (Answer | Error)[]) {
    this.#answers = [...answers];
  }

  async send(request: HttpRequest): Promise<HttpResponse> {
    this.requests.push(request);
    this.bodies.push(await textOf(request.body));
    const answer = this.#answers.shift();
    if (answer === undefined) throw new Error(`there is no answer to ${request.method} ${request.url}`);
    if (answer instanceof Error) throw answer;
    return { status: answer.status, headers: answer.headers ?? {}, body: bodyOf(answer.body ?? "") };
  }

  async close(): Promise<void> {}
}

async function textOf(body: HttpRequest["body"]): Promise<string> {
  if (body === undefined) return "";
  if (body instanceof Uint8Array) return new TextDecoder().decode(body);
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of body) text += decoder.decode(piece, { stream: true });
  return text + decoder.decode();
}

function bodyOf(text: string): ReadableStream<Uint8Array> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode(text);
  }
  return streamOf(pieces(), (error) => error);
}

export interface FakeTime extends RetryPolicy {
  readonly clock: Clock;
  /** Milliseconds of each sleep. */
  readonly sleeps: number[];
}

/** A policy whose sleeps take no time but that of its clock. `random` is always the middle. */
export function fakeTime(policy: Partial<RetryPolicy> = {}): FakeTime {
  const sleeps: number[] = [];
  let now = Date.UTC(2026, 0, 1);
  const clock = { now: () => new Date(now), monotonicMs: () => now };
  const sleep = async (ms: number, signal: AbortSignal | undefined): Promise<void> => {
    signal?.throwIfAborted();
    sleeps.push(ms);
    now += ms;
  };
  return { clock, sleep, random: () => 0.5, sleeps, ...policy };
}
