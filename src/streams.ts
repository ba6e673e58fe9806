/**
 * The stream classes that Ashlar uses: the platform's, or those of `web-streams-polyfill` if the platform lacks one of
 * the three. The two kinds do not pipe into each other, so every room imports them from here, and the platform's own
 * streams (compression, bodies of responses) are used through their readers and writers.
 */

type Streams = Pick<typeof globalThis, "ReadableStream" | "TransformStream" | "WritableStream">;

// Live bindings: streams created before `loadStreams` are the platform's.
export let ReadableStream: Streams["ReadableStream"] = globalThis.ReadableStream;
export let TransformStream: Streams["TransformStream"] = globalThis.TransformStream;
export let WritableStream: Streams["WritableStream"] = globalThis.WritableStream;

export type ReadableStream<R = unknown> = globalThis.ReadableStream<R>;
export type TransformStream<I = unknown, O = unknown> = globalThis.TransformStream<I, O>;
export type WritableStream<W = unknown> = globalThis.WritableStream<W>;

/** Loads the ponyfill if it is needed. Await it before the first run. */
export async function loadStreams(): Promise<void> {
  const { ReadableStream: Readable, TransformStream: Transform, WritableStream: Writable } = globalThis;
  if ([Readable, Transform, Writable].every((kind) => typeof kind === "function")) return;
  const ponyfill = (await import("web-streams-polyfill")) as unknown as Streams;
  ({ ReadableStream, TransformStream, WritableStream } = ponyfill);
}
