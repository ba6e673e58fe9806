/** Parses many records: the output of `record export --all` as JSON or value, or one JSON object per line. */
import { UsageError } from "../errors.js";
import type { ExportedRecord } from "../service/repositories/requests.js";

/**
 * @param origin of the text, for messages
 * @throws UsageError naming the first line, or member of the array, that is no record
 */
export function parseRecords(text: string, origin: string): ExportedRecord[] {
  const trimmed = text.trim();
  // A JSON export is one array over many lines, or one object; otherwise each line is a record.
  const whole = /^[[{]/.test(trimmed) ? parseJson(trimmed) : undefined;
  if (whole !== undefined) {
    const values = Array.isArray(whole) ? whole : [whole];
    return values.map((value, index) => recordOf(value, `record ${index + 1} of ${origin}`));
  }
  return trimmed
    .split("\n")
    .map((line, index) => ({ line: line.trim(), location: `line ${index + 1} of ${origin}` }))
    .filter(({ line }) => line !== "")
    .map(({ line, location }) => recordOf(line.startsWith("{") ? parseJson(line) : wordsOf(line), location));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A record as `-f value` prints it: two words without spaces. */
function wordsOf(line: string): Partial<ExportedRecord> {
  const [backup_service, backup_url, ...others] = line.split(/\s+/);
  return others.length > 0 || backup_url === undefined ? {} : { backup_service: backup_service!, backup_url };
}

function recordOf(value: unknown, location: string): ExportedRecord {
  const { backup_service, backup_url } = (value ?? {}) as Record<string, unknown>;
  if (typeof backup_service === "string" && typeof backup_url === "string") {
    return { backup_service, backup_url };
  }
  const wanted = 'want a JSON object with the texts "backup_service" and "backup_url", or both in one line';
  throw new UsageError(`Cannot read ${location}: ${wanted}`);
}
