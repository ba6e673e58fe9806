/** Notifiers on Node: a log file with one line per event, and a webhook that receives events by POST. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../../errors.js";
import type { HttpClient } from "../../ports.js";
import type { Notifier, Patience, ServiceEvent } from "../../service/notifier.js";
import { toStorageError } from "../files/file-errors.js";

/** Appends each event as one line of JSON; `-` is standard error. */
export function logNotifier(path: string): Notifier {
  return {
    async notify(event: ServiceEvent): Promise<void> {
      const line = `${JSON.stringify(event)}\n`;
      if (path === "-") process.stderr.write(line);
      else await append(path, line);
    },
  };
}

/** O_NONBLOCK, because opening a pipe without a reader would block a thread that cannot be stopped. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

async function append(path: string, line: string): Promise<void> {
  try {
    const file = await open(path, APPEND, 0o666);
    try {
      await file.writeFile(line);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toStorageError("append an event to", path, error);
  }
}

export interface WebhookOptions {
  readonly http: HttpClient;
  /** @default {[200, 1000, 5000]} */
  readonly pausesMs?: readonly number[] | undefined;
  /** Timeout of a response. @default {4000} */
  readonly answerMs?: number | undefined;
}

const PAUSES_MS: readonly number[] = [200, 1000, 5000];
const ANSWER_MS = 4000;

/**
 * Posts each event as JSON. Retries after a pause when the connection fails or the response is 429 or 5xx, so an event
 * may arrive twice, with the same `message_id`. While the receiver is down, each event is tried only once.
 */
export function webhookNotifier(url: string, options: WebhookOptions): Notifier {
  const { pausesMs = PAUSES_MS } = options;
  let isDown = false;
  return {
    async notify(event: ServiceEvent, patience: Patience): Promise<void> {
      for (let attempt = 0; ; attempt++) {
        const failure = await post(url, event, { ...options, signal: patience.signal });
        if (failure === undefined) {
          isDown = false;
          return;
        }
        const pauseMs = pausesMs[attempt];
        const mayRepeat = failure.status === "temporary" && !isDown && !patience.closing.aborted;
        if (!mayRepeat || pauseMs === undefined) {
          isDown = true;
          throw failure;
        }
        await sleep(pauseMs, undefined, { signal: patience.closing }).catch(() => undefined);
      }
    },
  };
}

async function post(
  url: string,
  event: ServiceEvent,
  { http, answerMs = ANSWER_MS, signal }: WebhookOptions & { readonly signal: AbortSignal },
): Promise<StorageError | undefined> {
  const body = new TextEncoder().encode(JSON.stringify(event));
  // Messages name the origin only: the rest of the URL may be a secret, as in webhooks of chat services.
  const { origin } = new URL(url);
  const timeout = AbortSignal.timeout(answerMs);
  try {
    const response = await http.send({
      ...{ method: "POST", url, body, signal: AbortSignal.any([signal, timeout]) },
      headers: { "content-type": "application/json" },
    });
    await response.body.cancel();
    if (response.status < 300) return undefined;
    const status = response.status === 429 || response.status >= 500 ? "temporary" : "permanent";
    return new StorageError(`Cannot notify the webhook at ${origin}: it answered ${response.status}`, {
      call: "notify",
      status,
    });
  } catch (cause) {
    const reason = timeout.aborted ? `it did not answer in ${answerMs / 1000} s` : "the connection failed";
    return new StorageError(`Cannot notify the webhook at ${origin}: ${reason}`, {
      call: "notify",
      // Another timeout of this length would delay later events.
      status: timeout.aborted ? "permanent" : "temporary",
      cause,
    });
  }
}
