/**
 * The body of an undici response as a web stream. Pieces are taken as they arrive: Node's own iterator over a stream
 * takes three promises and a turn of the queue for each.
 */
import type { Readable } from "node:stream";

/**
 * Reads on demand, one piece at a time.
 * @param onError converts the connection's error to the stream's
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
        // After a cancellation the connection reports an error too, which is ignored.
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
