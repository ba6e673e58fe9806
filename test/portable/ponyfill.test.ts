/** The portable suite on the streams of the ponyfill, as a platform without streams of its own would run it. */
import test from "ava";
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import * as streams from "../../src/streams.js";
import { readGoldenFiles } from "../runtimes/golden-files.js";
import { portableSuite } from "./suite.js";

const golden = await readGoldenFiles();
const native = globalThis.TransformStream;
const runtimeWithNative = await portableRuntime();
const stayedNative = streams.TransformStream === native;

// Gone for good, so that whatever made a native one after all would fail.
for (const name of ["ReadableStream", "TransformStream", "WritableStream"] as const)
  Object.defineProperty(globalThis, name, { value: undefined });
const runtime = await portableRuntime();

test("the ponyfill is taken where the platform has no streams, and only there", (t) => {
  t.true(stayedNative);
  t.is(typeof runtimeWithNative.compute, "function");
  t.not(streams.TransformStream, native);
  t.is(new streams.TransformStream().readable instanceof streams.ReadableStream, true);
});

portableSuite(test, { runtime, golden, hasFetch: false });
