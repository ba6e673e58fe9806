/** Output of `--log-requests`: one line of JSON for every finished call to a repository. */
import { type Secret, withoutSecrets } from "../../options/secret.js";
import type { SinkEvent } from "./log.js";

/** @param secrets values to replace if an error repeats them */
export function requestLine(event: SinkEvent, at: Date, secrets: readonly Secret[]): string {
  const { call, container, name, durationMs, count, error } = event;
  const message = error instanceof Error ? error.message : error && String(error);
  return JSON.stringify({
    event: "request",
    at: at.toISOString(),
    operation: call,
    container,
    name,
    milliseconds: Math.round(durationMs),
    count,
    error: typeof message === "string" ? withoutSecrets(message, secrets) : undefined,
  });
}
