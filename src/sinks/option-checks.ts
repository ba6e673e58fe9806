/** What values of options look like, and how sizes and yes and no are read. */
import { UsageError } from "../errors.js";
import { GIB, KIB, MIB } from "../units.js";
import type { DriverOption } from "./driver.js";

const UNITS: Readonly<Record<string, number>> = { "": 1, K: KIB, M: MIB, G: GIB };

/** Bytes, also with K, M or G behind them. */
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

export function parseCount(text: string): number {
  const count = Number(text);
  if (/^[0-9]+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new UsageError("want a whole number, in digits");
}

const YES: readonly string[] = ["true", "1", "on", "yes"];
const NO: readonly string[] = ["false", "0", "off", "no"];

/** The words that oslo.config takes for yes and no. */
export function parseFlag(text: string): boolean {
  const word = text.toLowerCase();
  if (YES.includes(word)) return true;
  if (NO.includes(word)) return false;
  throw new UsageError(`want one of ${[...YES, ...NO].join(", ")}`);
}

/** The reference system has one for each driver. */
export const PROGRESS_TIMER: DriverOption = {
  default: "true",
  help: "whether events of progress come by time, too, and not by objects alone",
  check: parseFlag,
};

export function checkChoice(text: string, choices: readonly string[]): void {
  if (!choices.includes(text)) throw new UsageError(`want one of ${choices.join(", ")}`);
}

export function checkHttpUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "")
    return;
  throw new UsageError(
    "want a URL of the form https://host/path or http://host/path, without user and password",
  );
}
