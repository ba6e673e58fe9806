/** The body of a response: ranges of an image, separated by text if there are several. */
import { toUtf8 } from "../bytes.js";
import { ReadableStream } from "../streams.js";
import type { ByteRange } from "./byte-ranges.js";
import type { VolumeImage } from "./volume-image.js";

/** A text, or a range of the image. */
export type BodyPart = string | ByteRange;

/** Bytes of all parts. */
export function bodyLength(parts: readonly BodyPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === "string" ? toUtf8(part).length : part.length), 0);
}

export interface BodyOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Called with an error that ends the stream early, unless it is the signal's reason. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Called once at the stream's end, successful or not; not if `openBody` throws. */
  readonly onEnd?: (() => Promise<void>) | undefined;
}

/**
 * Opens a stream of the parts and reads its first piece, so that a read error is known before the response begins.
 * Further pieces are read on demand, one ahead. Cancelling the stream, or the signal, ends it.
 * @throws AshlarError when the first piece cannot be read
 */
export async function openBody(
  image: VolumeImage,
  parts: readonly BodyPart[],
  { signal, onError, onEnd }: BodyOptions,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const stop = new AbortController();
  const ends = AbortSignal.any([signal, stop.signal]);
  const pieces = piecesOf(image, parts, ends);
  let next = pieces.next();
  // Awaited here, so that a failure is thrown here.
  await next;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const { done, value } = await next.catch(async (error: unknown) => {
        if (!ends.aborted) onError?.(error);
        await onEnd?.();
        throw error;
      });
      if (done) {
        await onEnd?.();
        return controller.close();
      }
      controller.enqueue(value);
      next = pieces.next();
      // The next pull handles a failure.
      next.catch(() => {});
    },
    async cancel(reason) {
      stop.abort(reason);
      await next.catch(() => {});
      await onEnd?.();
    },
  });
}

async function* piecesOf(
  image: VolumeImage,
  parts: readonly BodyPart[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>, undefined, void> {
  for (const part of parts) {
    if (typeof part === "string") yield toUtf8(part);
    else yield* image.pieces({ ...part, signal });
  }
  return undefined;
}
