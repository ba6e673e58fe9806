/** What was asked for, as a queued operation has it: all that a worker needs beside the rows. */
import type { CreateBackupRequest } from "../requests.js";
import { type BackupSettings, backupSettingsOf } from "../settings-within.js";

/**
 * Workers leave operations of a version that they do not know to others. A request for an encrypted backup has one of
 * its own: a program that does not know `isEncrypted` would make a plain backup of it.
 */
const VERSION = 1;
const ENCRYPTED_VERSION = 2;

export interface QueuedRequest extends Pick<CreateBackupRequest, "incremental" | "force" | "batchSize"> {
  /** The settings of the process that has queued it; they contain no secrets. */
  readonly settings?: BackupSettings | undefined;
  /** Whether the process that has queued it would have encrypted the backup. */
  readonly isEncrypted?: boolean | undefined;
}

export function printRequest({ settings, ...request }: QueuedRequest): string {
  return JSON.stringify({
    version: request.isEncrypted === true ? ENCRYPTED_VERSION : VERSION,
    ...request,
    ...(settings !== undefined && { settings: backupSettingsOf(settings) }),
  });
}

/** The request; empty for work that was cut off before it was in the queue. @param text of another version has none */
export function readRequest(text: string | null): QueuedRequest | undefined {
  if (text === null) return {};
  const { version, ...request } = JSON.parse(text) as QueuedRequest & { readonly version: number };
  return [VERSION, ENCRYPTED_VERSION].includes(version) ? request : undefined;
}
