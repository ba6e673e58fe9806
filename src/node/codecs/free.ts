import { MessageChannel } from "node:worker_threads";

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Gives the memory behind `bytes` back at once; they must never be used again, nor anything else in their buffer.
 *
 * Buffers lie outside of the collector's heap, and it lets 64 MiB of dead ones and more come together before it looks.
 * A message to a closed port takes its buffers along. Of 16 000 buffers of 128 KiB, filled one after the other, Node 20
 * then has 1 MiB instead of 64, in 0.2 s instead of 2.7, because the next one gets the same, warm pages.
 */
export function freeBuffer(bytes: Uint8Array): void {
  nowhere.postMessage(undefined, [bytes.buffer as ArrayBuffer]);
}

/**
 * The same for what comes out of `node:zlib`, which fills a buffer of one step, gives out its parts as they come, and
 * lets go of it when it is full. What is no such buffer's end is left to the collector.
 */
export function freeStep(plain: Uint8Array, stepSize: number): void {
  const { buffer, byteOffset, length } = plain;
  if (buffer.byteLength === stepSize && byteOffset + length === stepSize) freeBuffer(plain);
}
