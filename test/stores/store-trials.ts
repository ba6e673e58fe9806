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
const MANY = { times: ALWAYS, outcome: "may fail" } as const;

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}, body = "") =>
  (): Fault => ({ kind: "answer", status, headers, body });

/** A wait as a date, by the answer's own clock, which is wrong. */
const LATER = { date: "Sun, 22 Nov 2026 12:00:00 GMT", "retry-after": "Sun, 22 Nov 2026 12:01:30 GMT" };
const SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>";

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
const headersOnly = (): Fault => ({ kind: "headers-only" });
const length = (by: number) => (): Fault => ({ kind: "length", by });
const gzip = (): Fault => ({ kind: "gzip" });
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
  const everyThird = notInARow(({ index }) => index % 3 === 0);
  return [
    trialOf("reset while a put is sent", resetRequest, isPut),
    trialOf("reset while an object is read", resetResponse, isGet, { times: 3 }),
    trialOf("429 with Retry-After", answer(429, { "retry-after": "1" }), isOwn, { times: 2 }),
    trialOf("Retry-After of more than a minute", answer(503, { "retry-after": "90" }), isOwn, { times: 2 }),
    trialOf("Retry-After as a date", answer(429, LATER), isOwn, { times: 2 }),
    trialOf("Retry-After of an hour", answer(503, { "retry-after": "3600" }), isPut, { outcome: "may fail" }),
    trialOf("503 with SlowDown", answer(503, {}, SLOW_DOWN), isOwn, { times: 3 }),
    trialOf("a put acknowledged that never arrives", answer(200), isPut, { outcome: "may fail" }),
    trialOf("puts acknowledged with 204 that never arrive", answer(204), isPut, { ...MANY }),
    trialOf("the connection closed after the headers of a read", headersOnly, isGet, { times: 2 }),
    trialOf("the connection closed after the headers of a put", headersOnly, isPut, { outcome: "may fail" }),
    trialOf("a read of a shorter length", length(-1), isGet, { outcome: "may fail" }),
    trialOf("a read of a longer length", length(1), isGet, { outcome: "may fail" }),
    trialOf("a read that is encoded by gzip", gzip, isGet, { times: 2 }),
    trialOf("reads that are always encoded by gzip", gzip, isGet, { ...MANY }),
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

/** Of equal exchanges no two in a row: several at once could leave all faults to one of them. */
function notInARow(matches: Matches): Matches {
  const last = new Set<string>();
  return (exchange) => {
    const key = `${exchange.method} ${exchange.url}`;
    const isFaulty = matches(exchange) && !last.has(key);
    if (isFaulty) last.add(key);
    else last.delete(key);
    return isFaulty;
  };
}

/** Answers to HEAD, which have no body. */
export function headTrials(isHead: Matches): Trial[] {
  return [400, 403, 301].map((status) =>
    trialOf(`HEAD answered with ${status}`, answer(status), isHead, { outcome: "may fail" }),
  );
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
