/** Bodies as web streams, of which nothing is read before it is asked for. */

/**
 * The pieces of `pieces` as a stream. Its queue is empty: a stream over a source of bytes must not take the source's
 * high-water mark, which counts bytes, for its own, which counts pieces.
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
        // What the connection says to being given up is nobody's business.
        await pieces.return?.().catch(() => undefined);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Pieces of `body`, each in memory of its own, for hosts that keep them longer than until the next is asked for. */
export async function* ownPieces(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for await (const piece of body) yield new Uint8Array(piece);
}

/** The whole of a small body as text. @throws what reading throws */
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

/** Reads `body` to its end, so that its connection can be used again; gives up on a long one. */
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
    // The answer is known; that its connection broke afterwards is the next request's affair.
  }
}
