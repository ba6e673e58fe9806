/** Files within JSON. */

/** Base64 by name. */
export type EncodedFiles = Readonly<Record<string, string>>;

/** Arguments that one call may have, which runtimes bound. */
const PIECE = 8192;

export function encodeBytes(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE)
    text += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(text);
}

export function decodeBytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
