/** Failures as the reference system's JSON faults. No fault shows a path of the host. */
import { type AshlarError, isAshlarError } from "../errors.js";

const NAMES: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  409: "conflictingRequest",
  413: "overLimit",
  415: "badMediaType",
  429: "overLimit",
  501: "notImplemented",
  503: "serviceUnavailable",
};

const UNKNOWN = "The server has either erred or is incapable of performing the requested operation.";

/** A refusal of a request, with its status. */
export class Fault extends Error {
  readonly status: number;
  /** Seconds. */
  readonly retryAfter: number | undefined;

  constructor(status: number, message: string, retryAfter?: number) {
    super(message);
    this.name = "Fault";
    this.status = status;
    this.retryAfter = retryAfter;
  }

  toResponse(): Response {
    const { status, message, retryAfter } = this;
    const detail = {
      code: status,
      message,
      ...(retryAfter !== undefined && { retryAfter: `${retryAfter}` }),
    };
    const headers = retryAfter === undefined ? undefined : { "Retry-After": `${retryAfter}` };
    return Response.json(
      { [NAMES[status] ?? "computeFault"]: detail },
      { status, ...(headers && { headers }) },
    );
  }
}

export function badRequest(message: string): Fault {
  return new Fault(400, message);
}

/** For what is there in other microversions only, or in none. */
export function noResource(): Fault {
  return new Fault(404, "The resource could not be found.");
}

/** What a request's failure is to its user. An error that nobody foresaw says nothing of itself. */
export function faultOf(error: unknown): Fault {
  if (error instanceof Fault) return error;
  if (!isAshlarError(error)) return new Fault(500, UNKNOWN);
  const message = publicText(error.message);
  switch (error.code) {
    case "not-found":
      return new Fault(404, message);
    case "forbidden":
      return new Fault(403, message.replace(/(to be performed\.).*$/s, "$1"));
    case "quota":
      return new Fault(413, message, 0);
    case "usage":
    case "invalid-state":
    case "integrity":
      return new Fault(400, message);
    case "cancelled":
      return new Fault(409, message);
    case "storage":
      return isTemporary(error) ? new Fault(503, message) : new Fault(500, UNKNOWN);
  }
}

function isTemporary({ status }: AshlarError): boolean {
  return status === "temporary";
}

const RECORD_ID = /^(Invalid (?:backup|volume|snapshot)) [0-9a-f-]{36}:/;
const QUOTED_PATH = /"\/[^"]*"/g;
const URL = /\b(?:file|nfs|glusterfs|s3|swift|gs|https?):\/\/[^\s",;)]+/g;

/** A text without the host's paths and addresses, and without the id that the reference system leaves out. */
export function publicText(text: string): string {
  return text.replace(RECORD_ID, "$1:").replaceAll(QUOTED_PATH, "(a path)").replaceAll(URL, "(an address)");
}
