/**
 * A response's body of undici as a web stream. Pieces are taken as the socket brings them: Node's own iterator over a
 * stream takes three promises and a turn of the queue for each.
 */
import type { Readable } from "node:stream";

/**
 * Nothing is read before it is asked for, and one piece at a time.
 * @param onError what the stream fails with in place of the connection's error
 */
export function bodyStream(body: Readable, onError: (error: unknown) => unknown): ReadableStream<Uint8Array> {
  let isCancelled = false;
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        body.on("data", (piece: Uint8Array) => {
          body.pause();
          if (!isCancelled) controller.enqueue(piece);
        });
        body.on("end", () => {
          if (!isCancelled) controller.close();
        });
        // Also what the connection says to being given up, which is nobody's business.
        body.on("error", (error) => {
          if (!isCancelled) controller.error(onError(error));
        });
        body.pause();
      },
      pull() {
        body.resume();
      },
      cancel() {
        isCancelled = true;
        body.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
