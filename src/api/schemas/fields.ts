/** Fields that several requests have, with the reference system's words for what is wrong with them. */
import * as v from "valibot";
import { repr } from "../python-text.js";

const TEXT_LENGTH_MAX = 255;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const METADATA_KEY = /^[a-zA-Z0-9-_:. /]{1,255}$/;
const TRUE_TEXTS: readonly unknown[] = [
  "True",
  "TRUE",
  "true",
  "1",
  "ON",
  "On",
  "on",
  "YES",
  "Yes",
  "yes",
  "y",
  "t",
];
const FALSE_TEXTS: readonly unknown[] = [
  "False",
  "FALSE",
  "false",
  "0",
  "OFF",
  "Off",
  "off",
  "NO",
  "No",
  "no",
  "n",
  "f",
];

/** What bodies are compared with, and what comes of one that fits. */
export type Schema<T> = v.GenericSchema<unknown, T>;
/** A text that may be left out, or null. */
export type Text = string | null | undefined;
/** Texts by key. */
export type TextRecord = Record<string, string>;

interface Issue {
  readonly input: unknown;
}

const notOfType =
  (types: string) =>
  ({ input }: Issue): string =>
    `${repr(input)} is not of type ${types}`;

const text = v.pipe(
  v.string(notOfType("'string', 'null'")),
  v.maxLength(TEXT_LENGTH_MAX, ({ input }) => `${repr(input)} is too long`),
);
const printable = v.check<string, (issue: Issue) => string>(
  (value) => !/\p{Cc}/u.test(value),
  ({ input }) => `${repr(input)} is not a printable text`,
);

/** A name: stripped of white space at its ends, or null. */
export const name: Schema<Text> = v.optional(v.nullable(v.pipe(text, printable, v.trim())));
export const description: Schema<Text> = v.optional(v.nullable(v.pipe(text, v.trim())));
/** A text of at most 255 characters, or null. */
export const shortText: Schema<Text> = v.optional(v.nullable(text));

export const uuid: Schema<string> = v.pipe(
  v.string(notOfType("'string'")),
  v.regex(UUID, ({ input }) => `${repr(input)} is not a 'uuid'`),
  v.toLowerCase(),
);
export const uuidOrNull: Schema<Text> = v.optional(v.nullable(uuid));

/** True, false, or one of the texts that the reference system takes for them. */
export const flag: Schema<boolean> = v.pipe(
  v.unknown(),
  v.check(
    (value) => typeof value === "boolean" || TRUE_TEXTS.includes(value) || FALSE_TEXTS.includes(value),
    ({ input }) => `${repr(input)} is not one of ${repr([true, ...TRUE_TEXTS, false, ...FALSE_TEXTS])}`,
  ),
  v.transform((value) => value === true || TRUE_TEXTS.includes(value)),
);

/** GiB: a whole number, perhaps in digits. */
export const size: Schema<number> = v.pipe(
  v.union([v.number(), v.string()], notOfType("'integer', 'string'")),
  v.check(
    (value) => typeof value === "number" || /^[0-9]+$/.test(value),
    ({ input }) => `${repr(input)} does not match '^[0-9]+$'`,
  ),
  v.transform(Number),
  v.integer(notOfType("'integer', 'string'")),
  v.minValue(1, ({ input }) => `${repr(input)} is less than the minimum of 1`),
  v.maxValue(2_147_483_647, ({ input }) => `${repr(input)} is greater than the maximum of 2147483647`),
);

const metadataObject = v.pipe(
  v.record(v.string(), v.unknown(), notOfType("'object'")),
  v.check(
    (value) => Object.keys(value).every((key) => METADATA_KEY.test(key)),
    ({ input }) => {
      const key = Object.keys(input as object).find((each) => !METADATA_KEY.test(each));
      return `${repr(key)} does not match any of the regexes: '^[a-zA-Z0-9-_:. /]{1,255}$'`;
    },
  ),
  v.check(
    (value) =>
      Object.values(value).every((item) => typeof item === "string" && item.length <= TEXT_LENGTH_MAX),
    ({ input }) => {
      const value = Object.values(input as object).find(
        (item) => typeof item !== "string" || item.length > TEXT_LENGTH_MAX,
      );
      return typeof value === "string"
        ? `${repr(value)} is too long`
        : `${repr(value)} is not of type 'string'`;
    },
  ),
  v.transform((value) => value as Record<string, string>),
);
export const metadata: Schema<TextRecord> = metadataObject;
/** Metadata that may be left out; null for none. */
export const metadataOrNull: Schema<TextRecord | null | undefined> = v.optional(v.nullable(metadataObject));
