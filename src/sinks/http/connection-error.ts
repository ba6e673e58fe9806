import { StorageError } from "../../errors.js";
import type { HttpRequest } from "../../ports.js";
import { shownUrl } from "./redact.js";

/**
 * The error of a request that got no response. The host's own error is its cause; the message has only the text of the
 * innermost cause, because "fetch failed" explains nothing.
 */
export function connectionError({ method, url }: HttpRequest, cause: unknown): StorageError {
  return new StorageError(`Cannot ${method} ${shownUrl(url)}: ${reasonOf(cause)}`, {
    call: method.toLowerCase(),
    status: "temporary",
    cause,
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { code } = error as { code?: unknown };
  const text = error.message === "" ? error.name : error.message;
  return typeof code === "string" && !text.includes(code) ? `${text} (${code})` : text;
}
