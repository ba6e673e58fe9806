/** What bad networks do to every store alike; a store's own trials come beside these. */
import type { Exchange, Fault } from "./fault-proxy.js";
import type { Outcome, Trial } from "./store-faults.js";

export type Matches = (exchange: Exchange) => boolean;

/** Which exchanges of a store are what. */
export interface StoreExchanges {
  /** Bytes of an object, or of a part of one, on their way in. */
  readonly isPut: Matches;
  /** Bytes of an object on their way out. */
  readonly isGet: Matches;
  readonly isList: Matches;
  /** Those that the sink makes by itself, and no authentication. */
  readonly isOwn: Matches;
}

/** As good as for ever. */
const ALWAYS = 100_000;

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}) =>
  (): Fault => ({
    kind: "answer",
    status,
    headers,
  });

const flipRequest = (at: number): Fault => ({ kind: "flip-request", at });
const flipResponse = (at: number): Fault => ({ kind: "flip-response", at });
const loseAnswer = (): Fault => ({ kind: "lose-answer" });
const duplicate = (): Fault => ({ kind: "duplicate" });
const hang = (): Fault => ({ kind: "hang" });
const drip = (): Fault => ({ kind: "drip", size: 40_000, everyMs: 30 });
const stale = (): Fault => ({ kind: "stale" });
const resetRequest = (after: number): Fault => ({ kind: "reset-request", after });
const resetResponse = (after: number): Fault => ({ kind: "reset-response", after });
const cut = (after: number): Fault => ({ kind: "truncate", after, keepsLength: true });
const cutSilently = (after: number): Fault => ({ kind: "truncate", after, keepsLength: false });
const wrongEtag = (): Fault => ({ kind: "etag", etag: "0".repeat(32) });

export function trialOf(
  title: string,
  fault: Trial["fault"],
  matches: Matches,
  { times = 1, outcome = "completes" }: { readonly times?: number; readonly outcome?: Outcome } = {},
): Trial {
  return { title, fault, matches, times, outcome };
}

export function commonTrials({ isPut, isGet, isList, isOwn }: StoreExchanges): Trial[] {
  const isData: Matches = (exchange) => isGet(exchange) && /-[0-9]{5}\b/.test(exchange.url);
  const isFirstData: Matches = (exchange) => isGet(exchange) && /-00001\b/.test(exchange.url);
  const everyThird: Matches = ({ index }) => index % 3 === 0;
  return [
    trialOf("reset while a put is sent", resetRequest, isPut),
    trialOf("reset while an object is read", resetResponse, isGet, { times: 3 }),
    trialOf("429 with Retry-After", answer(429, { "retry-after": "1" }), isOwn, { times: 2 }),
    trialOf("500", answer(500), isOwn, { times: 3 }),
    trialOf("503 to every third", answer(503), everyThird, { times: 1000 }),
    trialOf("503 for ever", answer(503), isPut, { times: ALWAYS, outcome: "may fail" }),
    trialOf("a slow drip", drip, isGet, { times: 2 }),
    trialOf("a body cut short of its length", cut, isGet),
    trialOf("a body cut, without a length", cutSilently, isGet, { outcome: "may fail" }),
    trialOf("a lost answer to a put", loseAnswer, isPut, { times: 2 }),
    trialOf("a put delivered twice", duplicate, isPut, { times: 4 }),
    trialOf("a flipped bit in a read", flipResponse, isGet),
    trialOf("a flipped bit in a read of data", flipResponse, isData),
    // Of three reads the third is good.
    trialOf("a flipped bit in two reads of data", flipResponse, isFirstData, { times: 2 }),
    trialOf("a flipped bit in every read", flipResponse, isGet, { times: ALWAYS, outcome: "may fail" }),
    trialOf("an answer that never comes", hang, isOwn),
    trialOf("no answer at all", hang, isPut, { times: ALWAYS, outcome: "may fail" }),
    trialOf("stale listings", stale, isList, { times: 1000 }),
  ];
}

/** Of stores whose entity tags are MD5s. */
export function etagTrials({ isPut, isGet }: StoreExchanges): Trial[] {
  return [
    trialOf("a wrong ETag of a put", wrongEtag, isPut, { outcome: "may fail" }),
    trialOf("a wrong ETag of a read", wrongEtag, isGet),
    trialOf("a flipped bit in a put", flipRequest, isPut),
  ];
}

export const faults = { duplicate, flipRequest, loseAnswer };
