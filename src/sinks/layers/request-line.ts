/** What `--log-requests` says: a line of JSON for every call of a repository that has ended. */
import { type Secret, withoutSecrets } from "../../options/secret.js";
import type { SinkEvent } from "./log.js";

/** @param secrets replaced where an error repeats them */
export function requestLine(event: SinkEvent, at: Date, secrets: readonly Secret[]): string {
  const { operation, container, name, durationMs, count, error } = event;
  const message = error instanceof Error ? error.message : error && String(error);
  return JSON.stringify({
    event: "request",
    at: at.toISOString(),
    operation,
    container,
    name,
    milliseconds: Math.round(durationMs),
    count,
    error: typeof message === "string" ? withoutSecrets(message, secrets) : undefined,
  });
}
