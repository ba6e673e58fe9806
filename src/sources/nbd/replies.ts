/** Reading of replies: simple ones, and structured ones chunk by chunk. */
import type { ByteReader } from "./byte-reader.js";
import { CHUNK, CHUNK_DONE, isChunkFailure, MAGIC } from "./protocol.js";
import { type Extent, type PendingRequest, violation } from "./requests.js";

/** The requests without a complete reply, by their cookies. */
export type PendingRequests = Map<number, PendingRequest>;

const HIGH_WORD = 2 ** 32;
/** A text for people, and an offset. */
const FAILURE_SIZE_MAX = 4096 - 2;
/** Extents in one chunk. */
const EXTENTS_MAX = 2 ** 20;

/**
 * Reads one reply, or one chunk of one, and delivers it to its request.
 * @throws StorageError for what the protocol does not allow, and at the end of the stream
 */
export async function readReply(
  reader: ByteReader,
  pending: PendingRequests,
  isStructured: boolean,
): Promise<void> {
  const magic = (await reader.take(4)).getUint32(0);
  if (magic === MAGIC.simpleReply) await readSimple(reader, pending, isStructured);
  else if (magic === MAGIC.structuredReply && isStructured) await readChunk(reader, pending);
  else throw violation("it sent bytes that are no reply");
}

async function readSimple(
  reader: ByteReader,
  pending: PendingRequests,
  isStructured: boolean,
): Promise<void> {
  const header = await reader.take(12);
  const errorNumber = header.getUint32(0);
  const cookie = cookieOf(header);
  const request = requestOf(cookie, pending);
  const destination = errorNumber === 0 ? request.wholeDestination() : undefined;
  if (errorNumber !== 0) request.failWith(errorNumber, "");
  else if (destination !== undefined) {
    if (isStructured) throw violation("it answered a read without a structured reply");
    await reader.fill(destination);
  }
  finish(cookie, request, pending);
}

async function readChunk(reader: ByteReader, pending: PendingRequests): Promise<void> {
  const header = await reader.take(16);
  const isLast = (header.getUint16(0) & CHUNK_DONE) !== 0;
  const type = header.getUint16(2);
  const cookie = cookieOf(header);
  const request = requestOf(cookie, pending);
  const size = header.getUint32(12);
  if (isChunkFailure(type)) await readFailure(reader, request, size);
  else if (type === CHUNK.offsetData) await readData(reader, request, size);
  else if (type === CHUNK.offsetHole) await readHole(reader, request, size);
  else if (type === CHUNK.blockStatus) await readBlockStatus(reader, request, size);
  else if (type !== CHUNK.none || size !== 0 || !isLast)
    throw violation(`it sent a chunk of type ${type} with ${size} bytes`);
  if (isLast) finish(cookie, request, pending);
}

async function readData(reader: ByteReader, request: PendingRequest, size: number): Promise<void> {
  if (size <= 8) throw violation("it sent a chunk of data without data");
  const offset = offsetOf(await reader.take(8));
  await reader.fill(request.destination(offset, size - 8));
}

async function readHole(reader: ByteReader, request: PendingRequest, size: number): Promise<void> {
  if (size !== 12) throw violation(`it sent a hole in a chunk of ${size} bytes`);
  const view = await reader.take(12);
  request.destination(offsetOf(view), view.getUint32(8)).fill(0);
}

async function readBlockStatus(reader: ByteReader, request: PendingRequest, size: number): Promise<void> {
  const count = (size - 4) / 8;
  if (!Number.isInteger(count) || count < 1 || count > EXTENTS_MAX)
    throw violation(`it sent a block status of ${size} bytes`);
  const context = (await reader.take(4)).getUint32(0);
  const extents: Extent[] = [];
  for (let index = 0; index < count; index++) {
    const view = await reader.take(8);
    extents.push({ length: view.getUint32(0), state: view.getUint32(4) });
  }
  request.describe(context, extents);
}

async function readFailure(reader: ByteReader, request: PendingRequest, size: number): Promise<void> {
  if (size < 6 || size > FAILURE_SIZE_MAX) throw violation(`it sent an error of ${size} bytes`);
  const view = await reader.take(size);
  const errorNumber = view.getUint32(0);
  const textSize = view.getUint16(4);
  if (errorNumber === 0 || textSize > size - 6)
    throw violation("it sent an error without a number or its text");
  const text = new Uint8Array(view.buffer, view.byteOffset + 6, textSize);
  request.failWith(errorNumber, new TextDecoder().decode(text));
}

function cookieOf(header: DataView): number {
  return header.getUint32(4) * HIGH_WORD + header.getUint32(8);
}

function requestOf(cookie: number, pending: PendingRequests): PendingRequest {
  const request = pending.get(cookie);
  if (request === undefined) throw violation("it answered a request that was not sent, or twice");
  return request;
}

function offsetOf(view: DataView): number {
  return view.getUint32(0) * HIGH_WORD + view.getUint32(4);
}

function finish(cookie: number, request: PendingRequest, pending: PendingRequests): void {
  // If the reply is incomplete, the request stays among those that fail with the connection.
  request.complete();
  pending.delete(cookie);
}
