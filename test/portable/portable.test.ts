/** The portable suite on this Node. */
import test from "ava";
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import { startDriver } from "../runtimes/driver.js";
import { readGoldenFiles } from "../runtimes/golden-files.js";
import { portableSuite } from "./suite.js";

const runtime = await portableRuntime();

const golden = await readGoldenFiles();
const driver = await startDriver({ vectors: [], files: {}, measure: false }, { directory: "." });
test.after.always(() => driver[Symbol.asyncDispose]());

portableSuite(test, { runtime, golden, storeUrl: driver.url });
