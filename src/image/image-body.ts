/** The body of a response: ranges of an image, with text around them where there are several. */
import { toUtf8 } from "../bytes.js";
import { ReadableStream } from "../streams.js";
import type { ByteRange } from "./byte-ranges.js";
import type { VolumeImage } from "./volume-image.js";

/** Texts, and ranges of the image, in their order. */
export type BodyPart = string | ByteRange;

/** Bytes of all parts. */
export function bodyLength(parts: readonly BodyPart[]): number {
  return parts.reduce((sum, part) => sum + (typeof part === "string" ? toUtf8(part).length : part.length), 0);
}

export interface BodyOptions {
  /** Ends the stream. */
  readonly signal: AbortSignal;
  /** Told of what ends it too early, unless that is the signal. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Called once when nothing more is read, however it ended; not where `openBody` throws. */
  readonly onEnd?: (() => Promise<void>) | undefined;
}

/**
 * The parts as a stream of which the first piece has been read, so that what cannot be read is known before the response
 * begins. Pieces are read as they are taken, one ahead; cancelling the stream, or the signal, ends it.
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
  // Waited for here, so that it is thrown here.
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
      // It shows in the next pull.
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
