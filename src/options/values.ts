/** Types of option values: texts, sizes, counts, flags, choices, URLs, secrets. */
import { UsageError } from "../errors.js";
import { GIB, KIB, MIB } from "../units.js";
import type { Option } from "./option.js";
import { Secret } from "./secret.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, K: KIB, M: MIB, G: GIB };

/** A number of bytes in digits, optionally followed by K, M or G. */
export function parseSize(text: string, least: 0 | 1 = 1): number {
  const [, digits = "", unit = ""] = /^([0-9]+)([KMG]?)$/i.exec(text) ?? [];
  const bytes = Number(digits) * UNITS[unit.toUpperCase()]!;
  if (digits !== "" && Number.isSafeInteger(bytes) && bytes >= least) return bytes;
  const wanted = least === 0 ? "a whole number" : "a whole number above 0";
  throw new UsageError(`want ${wanted}, of bytes or with K, M or G behind it`);
}

export function parseBytes(text: string): number {
  const bytes = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError("want a whole number of bytes above 0, in digits");
}

function parseCount(text: string, least: 0 | 1 = 0): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(count) && count >= least) return count;
  throw new UsageError(`want a whole number${least === 0 ? "" : " above 0"}, in digits`);
}

const YES: readonly string[] = ["true", "1", "on", "yes"];
const NO: readonly string[] = ["false", "0", "off", "no"];

/** Parses the words that oslo.config accepts for yes and no. */
function parseFlag(text: string): boolean {
  const word = text.toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new UsageError(`want one of ${[...YES, ...NO].join(", ")}`);
}

function parseHttpUrl(text: string): string {
  if (isHttpUrl(text)) return text;
  throw new UsageError(
    "want a URL of the form https://host/path or http://host/path, without user and password",
  );
}

/** Whether it is an HTTP URL without user and password, which would be printed along with the URL. */
function isHttpUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && `${url.username}${url.password}` === "";
}

/** Whether it is the URL of a server: no query, which may hold a secret, and no fragment. */
export function isServerUrl(text: string): boolean {
  return isHttpUrl(text) && !/[?#]/.test(text);
}

/** A line break would end a header, and an error about that header could print the secret. */
function parseSecret(text: string): Secret {
  if (/\p{Cc}/u.test(text)) throw new UsageError("want one line without control characters");
  return new Secret(text);
}

/** An option's help and default. */
type Described<T> = Pick<Option<T>, "help" | "default">;

export function text(help: string): Option<string | undefined> {
  return { help, default: undefined, parse: (given) => given };
}

export function textOr(usual: string, help: string): Option<string> {
  return { help, default: usual, parse: (given) => given };
}

export function secret(help: string): Option<Secret | undefined> {
  return { help, default: undefined, isSecret: true, parse: parseSecret };
}

export function url(help: string): Option<string | undefined> {
  return { help, default: undefined, parse: parseHttpUrl };
}

/** Bytes, in digits alone, as in the reference system. */
export function bytes(described: Described<number>): Option<number> {
  return { ...described, parse: parseBytes };
}

export function count(described: Described<number>, least: 0 | 1 = 0): Option<number> {
  return { ...described, parse: (given) => parseCount(given, least) };
}

/** Seconds above 0, whole or not. */
export function seconds(described: Described<number>): Option<number> {
  return {
    ...described,
    parse(given) {
      const value = Number(given);
      if (/^[0-9]+(\.[0-9]+)?$/.test(given) && value > 0) return value;
      throw new UsageError("want a number of seconds above 0");
    },
  };
}

const DURATIONS_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/** A duration in milliseconds: a whole number above 0, with a unit. */
export function parseDuration(given: string): number {
  const [, count, unit] = /^([0-9]{1,6})([smhdwy])$/.exec(given) ?? [];
  if (unit !== undefined && Number(count) > 0) return Number(count) * DURATIONS_MS[unit]!;
  throw new UsageError("want a whole number above 0 and a unit: s, m, h, d, w or y, e.g. 30d");
}

/** Milliseconds. */
export function duration(help: string): Option<number | undefined> {
  return { help, default: undefined, parse: parseDuration };
}

export function flag(described: Described<boolean>): Option<boolean> {
  return { ...described, parse: parseFlag };
}

export function parseChoice<Word extends string>(given: string, words: readonly Word[]): Word {
  const found = words.find((word) => word === given);
  if (found !== undefined) return found;
  throw new UsageError(`want one of ${words.join(", ")}`);
}

/** One of several words, or `undefined` if none is given. */
export function choice<Word extends string>(help: string, words: readonly Word[]): Option<Word | undefined> {
  return { help, default: undefined, parse: (given) => parseChoice(given, words) };
}
