import { UsageError } from "../../errors.js";

/**
 * The drivers disagree about values that the type already excludes: one silently binds a BigInt as NULL, the other as
 * an integer. An integer above 2^53−1 comes back rounded or not at all, and Node 22 reads a text only to its first NUL.
 */
export function assertSqlValues(values: readonly unknown[]): void {
  for (const [i, value] of values.entries()) {
    if (value === null || Number.isSafeInteger(value)) continue;
    if (typeof value === "string" && !value.includes("\0")) continue;
    throw new UsageError(
      `Cannot bind ${typeof value} "${String(value)}" to SQL parameter ${i + 1}: ` +
        "want text without NUL, an integer within ±(2^53−1) or null",
    );
  }
}
