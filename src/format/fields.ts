/** Shared by manifest and digest table: the version, typed fields, and the text of the creation time. */
import { bytesEqual, toUtf8 } from "../bytes.js";
import { type DamageLocation, IntegrityError, UsageError } from "../errors.js";

/** The only version that the reference system writes and restores. */
export const FORMAT_VERSION = "1.0.0";
/** The version of an encrypted manifest (docs/encryption.md §4), which the reference system refuses. */
export const ENCRYPTED_VERSION = "ashlar-encrypted-1";

interface FieldTypes {
  /** A name, an id or a label. */
  string: string;
  "string?": string | null;
  /** A text of any length that a backup can need. */
  "text?": string | null;
  /** A non-negative integer that a double holds exactly. */
  size: number;
}

/** The value of `key`; an absent key reads as null if null is allowed. @throws IntegrityError for another type */
export function readField<T extends keyof FieldTypes>(
  fields: Readonly<Record<string, unknown>>,
  key: string,
  type: T,
  location: DamageLocation,
): FieldTypes[T] {
  const value = fields[key] ?? null;
  if (!isOfType(value, type)) {
    const wanted = type === "size" ? "a non-negative integer" : `text${limitOf(value, type)}`;
    throw new IntegrityError(`Cannot read "${key}": it is ${shown(value)}, want ${wanted}`, location);
  }
  return value as FieldTypes[T];
}

function limitOf(value: unknown, type: Exclude<keyof FieldTypes, "size">): string {
  return typeof value === "string" ? ` of at most ${LENGTH_MAX[type]} characters` : "";
}

function isOfType(value: unknown, type: keyof FieldTypes): boolean {
  if (type === "size") return Number.isSafeInteger(value) && (value as number) >= 0;
  if (value === null) return type !== "string";
  return typeof value === "string" && value.length <= LENGTH_MAX[type];
}

/** Maximum characters, beyond what any writer produces: a longer text is an attack. */
const LENGTH_MAX: Readonly<Record<"string" | "string?" | "text?", number>> = {
  string: 4096,
  "string?": 1024 * 1024,
  "text?": 8 * 1024 * 1024,
};
const SHOWN_LENGTH_MAX = 200;

/** A value for messages: as JSON, cut if it is long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= SHOWN_LENGTH_MAX
    ? text
    : `${text.slice(0, SHOWN_LENGTH_MAX)}… (${text.length} characters)`;
}

/** @throws IntegrityError, with the reference system's message, for a version that it refuses too; UsageError for an encrypted one */
export function requireVersion(version: unknown, objectName: string): void {
  if (version === ENCRYPTED_VERSION) throw encrypted(objectName);
  if (version !== FORMAT_VERSION) {
    throw new IntegrityError(
      `No support to restore backup version ${typeof version === "string" ? version.slice(0, SHOWN_LENGTH_MAX) : shown(version)}`,
      { objectName },
    );
  }
}

function encrypted(objectName: string): UsageError {
  const wanted = "encryption_key, and an identity or a passphrase that opens it";
  return new UsageError(`Cannot read backup: it is encrypted (object "${objectName}"); want ${wanted}`);
}

const ENCRYPTED_START: Uint8Array = toUtf8(`{"version": "${ENCRYPTED_VERSION}"`);

/** @throws UsageError for the bytes of an encrypted manifest, before any other check finds them wrong */
export function refuseEncrypted(manifest: Uint8Array, objectName: string): void {
  if (bytesEqual(manifest.subarray(0, ENCRYPTED_START.length), ENCRYPTED_START)) throw encrypted(objectName);
}

/** Prints like Python's `str(datetime)`: `2026-11-22 18:56:25.107000+00:00`, without the fraction if it is zero. */
export function formatCreatedAt(date: Date): string {
  const iso = date.toISOString();
  const milliseconds = iso.slice(20, 23);
  const fraction = milliseconds === "000" ? "" : `.${milliseconds}000`;
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}${fraction}+00:00`;
}

/** Parses a time printed by `formatCreatedAt` or by Python; `undefined` for text of another form. */
export function parseCreatedAt(text: string): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)?$/.exec(text);
  if (match === null) return undefined;
  const fraction = (match[3] ?? "0").padEnd(3, "0").slice(0, 3);
  const date = new Date(`${match[1]}T${match[2]}.${fraction}${match[4] ?? "Z"}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
