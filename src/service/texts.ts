/**
 * Checks of names and texts that users give. The limits are the reference system's; the texts are recorded in
 * manifests, shown on terminals, and read by others, who may take a name for a path.
 */
import { UsageError } from "../errors.js";

const LENGTH_MAX = 255;
/** Control characters would reach terminals and logs; a lone surrogate has no UTF-8 and would change silently. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}]/u;
const PROPERTY_KEY = /^[A-Za-z0-9\-_:. /]{1,255}$/;

/** @throws UsageError for a name that cannot be shown or recorded, or that acts as a path */
export function checkName(name: string): void {
  checkPrintableName(name);
  if (name.startsWith("/") || name.split("/").includes("..")) {
    throw new UsageError(
      `Cannot use name ${JSON.stringify(name)}: want neither a leading "/" nor ".." between slashes`,
    );
  }
}

/** Checks a name that comes from the file system. @throws UsageError */
export function checkPrintableName(name: string): void {
  if (name.trim() !== "" && isRecordable(name)) return;
  throw new UsageError(
    `Cannot use name ${JSON.stringify(name)}: want 1 to ${LENGTH_MAX} characters, none of them a control character`,
  );
}

/** Whether `text` can be shown and recorded. */
export function isRecordable(text: string): boolean {
  return text.length <= LENGTH_MAX && !UNPRINTABLE.test(text);
}

/** Texts that a request for a volume or a backup may contain besides its name. */
export interface RequestTexts {
  readonly availabilityZone?: string | undefined;
  readonly description?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** @throws UsageError naming the first text that cannot be recorded */
export function checkTexts({ description = "", metadata = {}, availabilityZone }: RequestTexts): void {
  if (availabilityZone !== undefined) checkName(availabilityZone);
  if (!isRecordable(description)) {
    const wanted = `want at most ${LENGTH_MAX} characters, none of them a control character`;
    throw new UsageError(`Cannot use description ${JSON.stringify(description)}: ${wanted}`);
  }
  for (const [key, value] of Object.entries(metadata)) {
    if (PROPERTY_KEY.test(key) && isRecordable(value)) continue;
    const wanted = `want a key of letters, digits, spaces and -_:./ and a printable value, each of at most ${LENGTH_MAX} characters`;
    throw new UsageError(`Cannot use property ${JSON.stringify(`${key}=${value}`)}: ${wanted}`);
  }
}

interface VolumeTexts {
  readonly description: string | null;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Texts of stored data, without those that cannot be shown and recorded. */
export function recordable({ description, metadata }: VolumeTexts): VolumeTexts {
  const kept = Object.entries(metadata).filter(
    ([key, value]) => PROPERTY_KEY.test(key) && isRecordable(value),
  );
  const isShown = description !== null && isRecordable(description);
  return { description: isShown ? description : null, metadata: Object.fromEntries(kept) };
}
