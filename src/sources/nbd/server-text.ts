/** Texts from a server, for error messages. */

const LENGTH_MAX = 200;

/** `text` on one line and not too long: a server may send anything. */
export function printable(text: string): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
  return clean.length > LENGTH_MAX ? `${clean.slice(0, LENGTH_MAX)}…` : clean;
}
