/** Refusals of an S3 server as errors, with advice. */

import { NotFoundError, StorageError, type StorageErrorDetails } from "../../errors.js";
import { type Secret, withoutSecrets } from "../../options/secret.js";
import type { HttpRequest, HttpResponse } from "../../ports.js";
import { readText } from "../http/body.js";
import { retryAdvice, retryAfterMs } from "../http/retry-after.js";
import type { TemporaryStatus } from "../http/retry-client.js";
import { clockAheadMs } from "../http/server-clock.js";
import { isTemporary } from "../http/status.js";
import { parseXml, textOf, type XmlElement } from "./xml.js";

/** A refusal. `s3Code` is the server's error code, empty if it gave none. */
export class S3Error extends StorageError {
  readonly httpStatus: number;
  readonly s3Code: string;

  constructor(message: string, { httpStatus, s3Code, ...details }: S3ErrorDetails) {
    super(message, details);
    this.httpStatus = httpStatus;
    this.s3Code = s3Code;
  }
}

interface S3ErrorDetails extends StorageErrorDetails {
  readonly httpStatus: number;
  readonly s3Code: string;
}

export interface S3ErrorContext {
  /** Completes "Cannot …" in messages. */
  readonly what: string;
  readonly call: string;
  readonly now: Date;
  /** The region that requests are signed for. */
  readonly region: string;
  readonly secrets: readonly (Secret | string)[];
}

/** Codes that are temporary with any status, including damage in transit (`BadDigest`). */
const TEMPORARY_CODES: readonly string[] = [
  "SlowDown",
  "ServiceUnavailable",
  "InternalError",
  "RequestTimeout",
  "Throttling",
  "ThrottlingException",
  "OperationAborted",
  "BadDigest",
  "IncompleteBody",
  "XAmzContentSHA256Mismatch",
];

/**
 * OpenStack Swift has no better code for a completion that its own servers refused or did not answer, e.g. beside others
 * of the same name.
 */
const LATE_FAILURE = "InvalidRequest";

/**
 * Answers that are temporary beside the usual statuses: a 400 if the server received the body changed, cut or late; and
 * the completion of an upload that failed after the server had begun its answer, or whose answer was cut. The same
 * completion can be sent again.
 */
export const S3_TEMPORARY: readonly TemporaryStatus[] = [
  { status: 400, isTemporary: (body) => TEMPORARY_CODES.some((code) => hasCode(body, code)) },
  ...[200, 202].map((status) => ({
    status,
    isOf: ({ method, url }: HttpRequest) => method === "POST" && new URL(url).searchParams.has("uploadId"),
    isTemporary: (body: string) =>
      body.trim() === "" || [...TEMPORARY_CODES, LATE_FAILURE].some((code) => hasCode(body, code)),
  })),
];

function hasCode(body: string, code: string): boolean {
  return body.includes(`<Code>${code}</Code>`);
}

const SIZE_MAX = 65_536;
/** The largest clock difference at which AWS accepts signatures. */
export const SKEW_MS_MAX: number = 15 * 60_000;

/** Makes the error for a refusal. Reads the body of the answer. */
export async function s3Error(response: HttpResponse, context: S3ErrorContext): Promise<Error> {
  const body = await readText(response.body, SIZE_MAX).catch(() => "");
  const root = errorElement(body);
  // The answer to a HEAD has no body; the advice then comes from its headers.
  return refusal(response, root ?? (body === "" ? NO_BODY : undefined), context);
}

/** Makes the error from the `Error` document of an answer, whose status may be 200 if the server failed later. */
export function refusal(
  { status, headers }: Pick<HttpResponse, "status" | "headers">,
  root: XmlElement | undefined,
  context: S3ErrorContext,
): Error {
  const s3Code = (root && textOf(root, "Code")) ?? "";
  const reason = (root && textOf(root, "Message")) ?? "";
  const { now, region } = context;
  const advice = adviceFor({ s3Code, status, headers, root, now, region });
  const parts = [`the server answered ${status}`, s3Code, reason.trim().replace(/\.$/, "")];
  const state = parts.filter((part) => part !== "").join(", ") + (advice === undefined ? "" : `; ${advice}`);
  const wait = retryAdvice(retryAfterMs(headers, now));
  const message = printable(withoutSecrets(`Cannot ${context.what}: ${state}${wait}`, context.secrets));
  const isPassing =
    TEMPORARY_CODES.includes(s3Code) ||
    (isTemporary(status) && s3Code !== "NotImplemented") ||
    isLateFailure(status, s3Code);
  const error = new S3Error(message, {
    call: context.call,
    status: isPassing ? "temporary" : "permanent",
    httpStatus: status,
    s3Code,
  });
  return status === 404 ? new NotFoundError(message, { cause: error }) : error;
}

/** Whether an upload failed after the server had begun its answer. */
function isLateFailure(status: number, s3Code: string): boolean {
  return status < 300 && s3Code === LATE_FAILURE;
}

/** The S3 code of an `S3Error`, or of a NotFoundError that it caused. */
export function s3CodeOf(error: unknown): string | undefined {
  const refused = error instanceof NotFoundError ? error.cause : error;
  return refused instanceof S3Error ? refused.s3Code : undefined;
}

const NO_BODY: XmlElement = { name: "", children: [], text: "" };

function errorElement(body: string): XmlElement | undefined {
  try {
    const root = parseXml(body);
    return root.name === "Error" ? root : undefined;
  } catch {
    // A proxy's page, or an empty body: only the status is known.
    return undefined;
  }
}

interface Refusal {
  readonly s3Code: string;
  readonly status: number;
  readonly headers: HttpResponse["headers"];
  readonly root: XmlElement | undefined;
  readonly now: Date;
  readonly region: string;
}

const ADVICE: Readonly<Record<string, string>> = {
  SignatureDoesNotMatch: "is the secret key right, and the region?",
  InvalidAccessKeyId: "is the access key right, and is it of this server?",
  AccessDenied: "the keys are good, but do not allow this; ask for the permission",
  ExpiredToken: "the session token is over; get new temporary credentials",
  InvalidToken: "is the session token of these keys?",
  BucketAlreadyExists: "somebody else has a bucket of this name; choose another",
  EntityTooSmall: "the server wants larger parts; raise backup_s3_part_size",
  EntityTooLarge: "the server wants smaller objects; lower backup_s3_part_size",
};

function adviceFor(refused: Refusal): string | undefined {
  const { s3Code, status, headers, root, now } = refused;
  if (s3Code === "RequestTimeTooSkewed") return clockAdvice(clockAheadMs(headers, now));
  const region = headers["x-amz-bucket-region"] ?? (root && textOf(root, "Region"));
  if (region !== undefined && (status === 301 || s3Code === "AuthorizationHeaderMalformed"))
    return regionAdvice(region);
  return root === NO_BODY ? adviceWithoutBody(refused, region) : ADVICE[s3Code];
}

/** Advice from the headers of a refusal without a body. */
function adviceWithoutBody(
  { status, headers, now, region: signed }: Refusal,
  region: string | undefined,
): string | undefined {
  if (status !== 400 && status !== 403) return undefined;
  if (region !== undefined && region !== signed) return regionAdvice(region);
  const aheadMs = clockAheadMs(headers, now);
  if (aheadMs !== undefined && Math.abs(aheadMs) > SKEW_MS_MAX) return clockAdvice(aheadMs);
  return status === 403
    ? "are the keys right, and do they allow this?"
    : "are the region and the session token right?";
}

function regionAdvice(region: string): string {
  return `the bucket is in region "${region}"; name that one`;
}

function clockAdvice(aheadMs: number | undefined): string {
  if (aheadMs === undefined) return "set this machine's clock";
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `this machine's clock is ${seconds} seconds ${aheadMs > 0 ? "behind" : "ahead of"} the server's; set it`;
}

/** Removes control characters: servers repeat names from requests. */
function printable(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ");
}
