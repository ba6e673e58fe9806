/** Where events go from here: lines of a file, and a URL that takes them as POST. */
import { appendFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../../errors.js";
import type { HttpClient } from "../../ports.js";
import type { Notifier, ServiceEvent } from "../../service/notifier.js";

/** Appends each event as one line of JSON; `-` is standard error. */
export function logNotifier(path: string): Notifier {
  return {
    async notify(event: ServiceEvent): Promise<void> {
      const line = `${JSON.stringify(event)}\n`;
      if (path === "-") process.stderr.write(line);
      else await appendFile(path, line);
    },
  };
}

export interface WebhookOptions {
  readonly http: HttpClient;
  /** @default {[200, 1000, 5000]} */
  readonly pausesMs?: readonly number[] | undefined;
}

const PAUSES_MS: readonly number[] = [200, 1000, 5000];

/**
 * Posts each event as JSON. Tried again after a pause when the connection fails or the answer is 429 or 5xx; an event
 * may arrive twice, with the same `message_id`.
 */
export function webhookNotifier(url: string, { http, pausesMs = PAUSES_MS }: WebhookOptions): Notifier {
  return {
    async notify(event: ServiceEvent): Promise<void> {
      for (let attempt = 0; ; attempt++) {
        const failure = await post(http, url, event);
        if (failure === undefined) return;
        const pauseMs = pausesMs[attempt];
        if (failure.status === "permanent" || pauseMs === undefined) throw failure;
        await sleep(pauseMs);
      }
    },
  };
}

async function post(http: HttpClient, url: string, event: ServiceEvent): Promise<StorageError | undefined> {
  const body = new TextEncoder().encode(JSON.stringify(event));
  try {
    const headers = { "content-type": "application/json" };
    const response = await http.send({ method: "POST", url, headers, body });
    await response.body.cancel();
    if (response.status < 300) return undefined;
    const status = response.status === 429 || response.status >= 500 ? "temporary" : "permanent";
    return new StorageError(`Cannot notify ${url}: it answered ${response.status}`, {
      operation: "notify",
      status,
    });
  } catch (cause) {
    return new StorageError(`Cannot notify ${url}: the connection failed`, {
      operation: "notify",
      status: "temporary",
      cause,
    });
  }
}
