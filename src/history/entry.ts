/**
 * An entry of the history (docs/history.md): one object of two lines.
 *
 *     the entry, as JSON in one line
 *     the public key and the signature of the first line, in hexadecimal
 *
 * The signature is of the bytes of the line, so a reader needs no canonical form of JSON.
 */
import { fromUtf8, toUtf8 } from "../bytes.js";
import { IntegrityError } from "../errors.js";
import { type HistorySigner, isSigned } from "./keys.js";

const VERSION = "1.0.0";
/** More than an entry has; anything larger is something else. */
export const ENTRY_SIZE_MAX: number = 16 * 1024;

/** A backup that was stored, or the new objects of one. */
export interface StoredEvent {
  readonly event: "stored";
  /** The ID in the manifest. */
  readonly backup_id: string;
  readonly volume_id: string;
  readonly container: string;
  readonly prefix: string;
  readonly manifest_sha256: string;
  readonly digest_table_sha256: string;
  /** Bytes. */
  readonly block_size: number;
  readonly block_count: number;
  /** Root of the Merkle tree over the digest table. */
  readonly root: string;
}

/** A backup whose objects were removed. */
export interface RemovedEvent {
  readonly event: "removed";
  readonly backup_id: string;
}

export type HistoryEvent = RemovedEvent | StoredEvent;

/** The fields that chain an entry to the one before it. */
export interface EntryPosition {
  /** Of this history: 32 hexadecimal digits. */
  readonly history: string;
  /** From 1. */
  readonly number: number;
  /** SHA-256 of the line of the entry before; null in the first. */
  readonly previous: string | null;
  /** When it was written: ISO 8601. */
  readonly at: string;
}

export type HistoryEntry = EntryPosition & HistoryEvent;

/** A verified entry. */
export interface SignedEntry {
  readonly entry: HistoryEntry;
  /** The line that is signed. */
  readonly line: string;
  /** SHA-256 of the line, 64 hexadecimal digits. */
  readonly hash: string;
}

/** The line of an entry, with its keys in a fixed order. */
export function printEntry(position: EntryPosition, event: HistoryEvent): string {
  const { history, number, previous, at } = position;
  return JSON.stringify({ version: VERSION, history, number, previous, at, ...event });
}

/** The object that holds the entry. */
export async function signEntry(line: string, signer: HistorySigner): Promise<Uint8Array> {
  return toUtf8(`${line}\n${signer.publicKey} ${await signer.sign(line)}\n`);
}

/**
 * The entry in an object.
 * @param keys the accepted public keys
 * @throws IntegrityError for anything but an entry that one of the keys has signed
 */
export async function openEntry(
  bytes: Uint8Array,
  objectName: string,
  keys: readonly string[],
): Promise<{ readonly entry: HistoryEntry; readonly line: string }> {
  const parts = linesOf(bytes, objectName);
  const { line, publicKey } = parts;
  if (!keys.includes(publicKey))
    throw wrong(`it is signed by ${publicKey}, which is not among history_key`, objectName);
  if (!(await isSigned(line, parts))) throw wrong("its signature is wrong", objectName);
  return { entry: parseEntry(line, objectName), line };
}

const OBJECT = /^(?<line>[^\n]+)\n(?<publicKey>[0-9a-f]{64}) (?<signature>[0-9a-f]{128})\n$/;

function linesOf(
  bytes: Uint8Array,
  objectName: string,
): { readonly line: string; readonly publicKey: string; readonly signature: string } {
  let text: string;
  try {
    text = fromUtf8(bytes);
  } catch {
    throw wrong("it is no text", objectName);
  }
  const groups = OBJECT.exec(text)?.groups;
  if (groups === undefined) throw wrong("it is not an entry and its signature", objectName);
  return groups as { line: string; publicKey: string; signature: string };
}

const HEX = /^(?:[0-9a-f]{2})+$/;

function parseEntry(line: string, objectName: string): HistoryEntry {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong("it is not JSON", objectName);
  }
  if (!isEntry(value)) throw wrong(`it is no entry of version ${VERSION}`, objectName);
  return value;
}

function isEntry(value: unknown): value is HistoryEntry {
  if (typeof value !== "object" || value === null) return false;
  const fields = value as Record<string, unknown>;
  const { version, history, number, previous, at, event, backup_id: backupId } = fields;
  const isPosition =
    version === VERSION &&
    isHex(history, 32) &&
    isCount(number) &&
    (previous === null || isHex(previous, 64)) &&
    typeof at === "string";
  if (!isPosition || typeof backupId !== "string") return false;
  return event === "removed" || (event === "stored" && isStored(fields));
}

function isStored(fields: Record<string, unknown>): boolean {
  const texts = [fields.volume_id, fields.container, fields.prefix];
  const digests = [fields.manifest_sha256, fields.digest_table_sha256, fields.root];
  return (
    texts.every((text) => typeof text === "string") &&
    digests.every((digest) => isHex(digest, 64)) &&
    isCount(fields.block_size) &&
    isCount(fields.block_count)
  );
}

function isHex(value: unknown, length: number): boolean {
  return typeof value === "string" && value.length === length && HEX.test(value);
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

export function wrong(state: string, objectName: string, cause?: unknown): IntegrityError {
  return new IntegrityError(`Cannot trust history: ${state}`, { objectName }, { cause });
}
