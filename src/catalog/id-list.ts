/** Lists of IDs in statements. */

/** Below the number of parameters that any of the databases takes, also if a statement has the list twice. */
const PART_LENGTH = 1000;

/** The IDs in parts that fit into one statement each. */
export function partsOf(ids: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let at = 0; at < ids.length; at += PART_LENGTH) parts.push(ids.slice(at, at + PART_LENGTH));
  return parts;
}

/** A parameter for each of the IDs. */
export function marksOf(ids: readonly string[]): string {
  return ids.map(() => "?").join(", ");
}
