/** Checks headers before a client does: its error would print the value, which may be a token. */
import { UsageError } from "../../errors.js";

/** Values that RFC 9110 allows, restricted to single-byte characters: no line breaks, no NUL. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** @throws UsageError that names the header but not its value, for a value that cannot be sent */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (VALUE.test(value)) continue;
    throw new UsageError(
      `Cannot send header "${name}": want a value of one line, without control characters and characters beyond Latin-1`,
    );
  }
}
