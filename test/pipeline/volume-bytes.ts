/** Kinds of volume content: what does not compress, what does, and zeros; the same for the same seed. */

/** Bytes that look random: xorshift32. */
export function noise(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = Math.imul(seed, 0x9e3779b1) || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

/** Bytes that compress well, none of them zero. */
export function prose(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode(`volume ${seed}: the quick brown fox jumps over the lazy dog\n`);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += line.length) bytes.set(line.subarray(0, length - at), at);
  return bytes;
}

/** The given pieces, one behind the other. */
export function joined(...pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** A copy of `bytes` with `patch` at `offset`. */
export function patched(bytes: Uint8Array, offset: number, patch: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy.set(patch, offset);
  return copy;
}
