/** Bodies as web streams that read nothing ahead. */

/**
 * Makes a stream of `pieces`. It queues nothing: a stream over a source of bytes must not take the source's high-water
 * mark, which counts bytes, for its own, which counts pieces.
 */
export function streamOf(
  pieces: AsyncIterator<Uint8Array>,
  onError: (error: unknown) => unknown,
): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const { done, value } = await pieces.next();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch (error) {
          throw onError(error);
        }
      },
      async cancel() {
        // The body is no longer wanted, so an error of its connection does not matter.
        await pieces.return?.().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Copies of the pieces of `body`, for hosts that still use a piece after they ask for the next. */
export async function* ownPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of body) yield new Uint8Array(piece);
}

/** Reads a small body as text; one of more than `sizeMax` bytes is cut. @throws the body's errors */
export async function readText(body: ReadableStream<Uint8Array>, sizeMax: number): Promise<string> {
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let text = "";
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > sizeMax) {
      await reader.cancel();
      return text;
    }
    text += decoder.decode(value, { stream: true });
  }
}

/** Reads `body` to its end, so that its connection can be used again; cancels a long one. Never rejects. */
export async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  try {
    let left = 256 * 1024;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
      if (left < 0) return await reader.cancel();
    }
  } catch {
    // The answer is already known; a connection that broke after it concerns only the next request.
  }
}
