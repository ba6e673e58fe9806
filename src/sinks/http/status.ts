/**
 * Errors for HTTP answers that are not a success. Those are temporary that may pass by themselves, by RFC 9110 and the
 * stores' documentation; all others are permanent.
 */

import { type AshlarError, NotFoundError, StorageError } from "../../errors.js";
import { type Secret, withoutSecrets } from "../../options/secret.js";
import type { HttpResponse } from "../../ports.js";
import { drain, readText } from "./body.js";
import { retryAdvice, retryAfterMs } from "./retry-after.js";

/**
 * Request timeout, too early, too many requests, and failures of servers and gateways; 498 is Swift's rate limit, 509
 * that of some gateways. Not 409 (e.g. a container that is not empty) and 507 (a full disk), which do not pass.
 */
const TEMPORARY: readonly number[] = [408, 425, 429, 498, 500, 502, 503, 504, 509];

export function isTemporary(status: number): boolean {
  return TEMPORARY.includes(status);
}

/** An HTTP error answer. `httpStatus` lets a driver distinguish cases without matching strings. */
export class HttpStatusError extends StorageError {
  readonly httpStatus: number;
  /** The answer's headers, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds to wait, if the server asks for it. */
  readonly retryAfterMs: number | undefined;
  /** The beginning of the answer's body, for drivers whose protocol puts error codes there. */
  readonly body: string;

  constructor(message: string, answer: StatusAnswer, { call }: Pick<StatusContext, "call">) {
    const { status, headers } = answer;
    super(message, { call, status: isTemporary(status) ? "temporary" : "permanent" });
    this.httpStatus = status;
    this.headers = headers;
    this.retryAfterMs = retryAfterMs(headers, answer.now);
    this.body = answer.body;
  }
}

interface StatusAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: Date;
}

export interface StatusContext {
  /** Completes "Cannot …", e.g. `put object "a" into container "b"`. */
  readonly what: string;
  readonly call: string;
  readonly now: Date;
  /** Removed from the message, in case the server repeats them. */
  readonly secrets?: readonly (Secret | string)[] | undefined;
  /** Extracts the reason from a body. @default {the whole body} */
  readonly reasonOf?: ((body: string) => string | undefined) | undefined;
}

const BODY_SIZE_MAX = 16_384;
const REASON_LENGTH_MAX = 300;

/** Makes the error for an error answer. Reads its body, so that its connection can be used again. */
export async function statusError(response: HttpResponse, context: StatusContext): Promise<AshlarError> {
  const body = await readText(response.body, BODY_SIZE_MAX).catch(() => "");
  const answer = { ...response, body: withoutSecrets(body, context.secrets ?? []), now: context.now };
  const { status } = response;
  const reason = shortened(context.reasonOf?.(answer.body) ?? answer.body);
  const advice = retryAdvice(retryAfterMs(response.headers, context.now));
  const message = `Cannot ${context.what}: the server answered ${status}${reason === "" ? "" : `, ${reason}`}${advice}`;
  const cause = new HttpStatusError(message, answer, context);
  return status === 404 ? new NotFoundError(message, { cause }) : cause;
}

/** @throws the error for a status outside 200 to 299, unless `allowed` has it */
export async function expectSuccess(
  response: HttpResponse,
  context: StatusContext,
  allowed: readonly number[] = [],
): Promise<void> {
  const { status } = response;
  if ((status >= 200 && status < 300) || allowed.includes(status)) return;
  throw await statusError(response, context);
}

/** Like `expectSuccess`, for answers whose body is not needed. */
export async function expectDone(
  response: HttpResponse,
  context: StatusContext,
  allowed: readonly number[] = [],
): Promise<void> {
  await expectSuccess(response, context, allowed);
  await drain(response.body);
}

/** `text` in one line, without markup and control characters, and cut to 300 characters. */
function shortened(text: string): string {
  const line = text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/[\s\p{Cc}]+/gu, " ")
    .trim();
  return line.length > REASON_LENGTH_MAX ? `${line.slice(0, REASON_LENGTH_MAX)}…` : line;
}
