/** Base64, as in headers and JSON. */
import { fromHex } from "../../bytes.js";

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Converts hexadecimal to base64. */
export function hexToBase64(hex: string): string {
  return toBase64(fromHex(hex));
}
