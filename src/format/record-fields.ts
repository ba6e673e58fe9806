/** Typed access to the fields of a decoded record. An absent field reads as null. */

import { UsageError } from "../errors.js";

/** Date, time and optional offset (UTC without one), separated by `T`, or by a space as in Python. */
const MOMENT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)?$/;

export class RecordFields {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(fields: Readonly<Record<string, unknown>>) {
    // A map has no fields of `Object.prototype`.
    this.#fields = new Map(Object.entries(fields));
  }

  has(name: string): boolean {
    return this.#fields.has(name);
  }

  id(name: string): string {
    const value = this.#fields.get(name);
    if (typeof value !== "string" || value === "") throw unacceptable(name, value, "text that is not empty");
    return value;
  }

  text(name: string): string | null {
    const value = this.#fields.get(name) ?? null;
    if (value !== null && typeof value !== "string") throw unacceptable(name, value, "text or null");
    return value;
  }

  /** Null counts as 0, as in the reference system. */
  count(name: string): number {
    const value = this.#fields.get(name) ?? 0;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
      throw unacceptable(name, value, "a whole number of 0 or more");
    }
    return value;
  }

  /** A time, cut to the millisecond. */
  moment(name: string): Date | null {
    const text = this.text(name);
    if (text === null) return null;
    const [, day, time, fraction = "", offset = "Z"] = MOMENT.exec(text) ?? [];
    const date = new Date(`${day}T${time}${fraction.slice(0, 4)}${offset}`);
    if (Number.isNaN(date.getTime())) throw unacceptable(name, text, "a moment such as 2026-11-22T18:56:25Z");
    return date;
  }

  texts(name: string): Readonly<Record<string, string>> {
    const value = this.#fields.get(name) ?? {};
    if (!isTexts(value)) throw unacceptable(name, value, "an object of texts");
    return value;
  }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === "string");
}

function unacceptable(name: string, value: unknown, wanted: string): UsageError {
  return new UsageError(
    `Cannot read backup record: field "${name}" is ${JSON.stringify(value)}, want ${wanted}`,
  );
}
