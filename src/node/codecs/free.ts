import { MessageChannel } from "node:worker_threads";

const { port1: nowhere } = new MessageChannel();
nowhere.close();

/**
 * Frees the memory of `bytes` at once; neither they nor anything else in their buffer may be used again.
 *
 * Buffers lie outside the garbage collector's heap, and 64 MiB or more of dead ones accumulate before it runs. A
 * message to a closed port frees the buffers transferred with it. For 16 000 buffers of 128 KiB, filled in sequence,
 * Node 20 then uses 1 MiB instead of 64, in 0.2 s instead of 2.7, because the next buffer gets the same, warm pages.
 */
export function freeBuffer(bytes: Uint8Array): void {
  nowhere.postMessage(undefined, [bytes.buffer as ArrayBuffer]);
}
