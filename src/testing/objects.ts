/** Reads and writes of whole objects in one call, for tests. */

import type { ObjectSink } from "../sinks/sink.js";

/** `size` bytes that differ by position and by `seed`, with a period that no buffer size divides. */
export function patternBytes(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i++) bytes[i] = ((i % 251) * 7 + Math.floor(i / 251) + seed * 31) & 0xff;
  return bytes;
}

export interface ObjectLocation {
  readonly container: string;
  readonly name: string;
}

/** Stores `bytes` as an object, written in pieces of `pieceSize`. */
export async function putObject(
  sink: ObjectSink,
  { container, name }: ObjectLocation,
  bytes: Uint8Array,
  pieceSize = 65_536,
): Promise<void> {
  const writer = await sink.create(container, name);
  for (let offset = 0; offset < bytes.length; offset += pieceSize) {
    await writer.write(bytes.subarray(offset, offset + pieceSize));
  }
  await writer.close();
}

/** Reads the whole object in pieces of `bufferSize`. */
export async function getObject(
  sink: ObjectSink,
  { container, name }: ObjectLocation,
  bufferSize = 65_536,
): Promise<Uint8Array> {
  const reader = await sink.open(container, name);
  const bytes = new Uint8Array(reader.size);
  const buffer = new Uint8Array(bufferSize);
  let position = 0;
  for (;;) {
    const count = await reader.readInto(buffer);
    bytes.set(buffer.subarray(0, count), position);
    position += count;
    if (count < bufferSize) break;
  }
  await reader.close();
  if (position !== bytes.length) throw new Error(`${position} bytes of ${bytes.length} came`);
  return bytes;
}

/** Names of the objects under `prefix`, sorted. */
export async function listNames(sink: ObjectSink, container: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of sink.list(container, prefix)) names.push(name);
  return names.sort();
}
