import { UsageError } from "../../errors.js";
import type { Field } from "./field.js";

/**
 * The fields that the user named by key or heading, in any case, in the record's order. This is also the `openstack`
 * client's order, so scripts that cut its lines into words keep working.
 * @throws UsageError naming the unknown columns and the existing ones
 */
export function selectFields<R>(
  fields: readonly Field<R>[],
  columns: readonly string[],
): readonly Field<R>[] {
  const wanted = new Set(columns.map((column) => column.toLowerCase()));
  const chosen = fields.filter((field) => namesOf(field).some((name) => wanted.has(name)));
  const known = new Set(chosen.flatMap(namesOf));
  const unknown = columns.filter((column) => !known.has(column.toLowerCase()));
  if (unknown.length > 0) {
    const named = unknown.map((column) => `"${column}"`).join(", ");
    const keys = fields.map(({ key }) => key).join(", ");
    throw new UsageError(`Cannot show column ${named}: want one of ${keys}`);
  }
  return chosen;
}

/** The names of a field: its key, its heading, and its key in words. `is_incremental` has the heading `Incremental`. */
function namesOf<R>({ key, heading }: Field<R>): string[] {
  return [key, heading.toLowerCase(), key.replaceAll("_", " ")];
}
