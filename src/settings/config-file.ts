/**
 * Configuration files: those of the reference system, whole. Only `[DEFAULT]` and what is set of notifications
 * is read, and only known options are used, so a `cinder.conf` with everything else in it does.
 */
import { UsageError } from "../errors.js";

export type FileValues = ReadonlyMap<string, string>;

/**
 * The values of section `[DEFAULT]` as they are written, and those of `[oslo_messaging_notifications]` by the names that
 * they have in the first: `driver` there is `notification_driver`.
 */
export async function parseConfigFile(content: string): Promise<FileValues> {
  // Loaded here because most starts of the command read no file.
  const { decode } = await import("ini");
  const sections: Record<string, unknown> = decode(content);
  const ofNotifications = textsIn(sections.oslo_messaging_notifications).map(
    ([key, value]): [string, string] => [`notification_${key}`, value],
  );
  return new Map([...ofNotifications, ...textsIn(sections.DEFAULT)]);
}

/** `true`, `false` and `null` come out of the parser as such; arrays and sub-sections are none of our options. */
function textsIn(section: unknown): [key: string, value: string][] {
  return typeof section !== "object"
    ? []
    : Object.entries(section ?? {})
        .filter(([, value]) => typeof value !== "object" || value === null)
        .map(([key, value]) => [key, String(value)]);
}

/** What the reference system falls back to for the one name that its own defaults and samples refer to. */
const STATE_PATH = "/var/lib/cinder";
const DEPTH_MAX = 8;

/**
 * `text` with `$name` and `${name}` replaced by the section's values and `$$` by a dollar sign, as oslo.config does:
 * `backup_posix_path = $state_path/backup` is what the reference system's documentation shows.
 * @throws UsageError for a name that has no value
 */
export function substitute(text: string, values: FileValues, depth = 0): string {
  return text.replaceAll(/\$(?:\$|(\w+)|\{(\w+)\})/g, (reference, plain?: string, braced?: string) => {
    const name = plain ?? braced;
    if (name === undefined) return "$";
    const value = values.get(name) ?? (name === "state_path" ? STATE_PATH : undefined);
    if (value === undefined)
      throw new UsageError(`"${reference}" in it has no value; write $$ for a dollar sign`);
    if (depth === DEPTH_MAX) throw new UsageError(`"${reference}" in it refers to itself`);
    return substitute(value, values, depth + 1);
  });
}
