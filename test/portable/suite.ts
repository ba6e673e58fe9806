/**
 * The tests that hold on every runtime. They import nothing of a host: AVA runs them on Node, `run.ts` anywhere else.
 */
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import { MemorySink } from "../../src/sinks/memory/sink.js";
import { MemorySource, MemoryTarget } from "../../src/sources/memory.js";
import { sinkContract } from "../../src/testing/sink-contract.js";
import { sourceContract } from "../../src/testing/source-contract.js";
import { targetContract } from "../../src/testing/target-contract.js";
import { type PortableTest, runCases } from "./assertions.js";
import { backupTests } from "./backup.js";
import { cancelTests } from "./cancel.js";
import { codecTests } from "./codecs.js";
import { encryptionTests } from "./encryption.js";
import { findingTests } from "./findings.js";
import { gcsTests } from "./gcs.js";
import { type GoldenFiles, goldenTests } from "./golden.js";
import { historyTests } from "./history.js";
import { imageHandlerTests, imageTests } from "./image.js";
import { bzip2Tests } from "./kernels-bzip2.js";
import { digestTests } from "./kernels-digest.js";
import { hashTests } from "./kernels-hashes.js";
import { planTests } from "./plan.js";
import { privateStorageTests } from "./private-storage.js";

export interface SuiteOptions {
  readonly runtime: Runtime;
  /** What real Cinder wrote. */
  readonly golden: GoldenFiles;
  /** Whether requests and responses are there, with the streams that are used. @default {true} */
  readonly hasFetch?: boolean;
  /** Of the server that has an object store; without one what takes one is left out. */
  readonly storeUrl?: string | undefined;
}

export function portableSuite(
  test: PortableTest,
  { runtime, golden, hasFetch = true, storeUrl }: SuiteOptions,
): void {
  digestTests(test);
  hashTests(test, runtime);
  bzip2Tests(test);
  codecTests(test, runtime);
  planTests(test);
  goldenTests(test, runtime, golden);
  backupTests(test, runtime);
  cancelTests(test, runtime);
  findingTests(test, runtime);
  encryptionTests(test, runtime);
  historyTests(test, runtime);
  imageTests(test, runtime);
  if (hasFetch) imageHandlerTests(test, runtime);
  contractTests(test);
  if (hasFetch && storeUrl !== undefined) gcsTests(test, runtime, storeUrl);
}

function contractTests(test: PortableTest): void {
  runCases(
    test,
    "memory",
    sinkContract(async () => new MemorySink(), { listsUnfinished: false }),
  );
  const flat = async () => new MemorySink({ naming: "flat" });
  runCases(test, "memory, flat names", sinkContract(flat, { manyCount: 1001, listsUnfinished: false }));
  privateStorageTests(test);
  runCases(
    test,
    "memory source",
    sourceContract(async (bytes) => new MemorySource(bytes)),
  );
  const makeTarget = async (size: number) => {
    const target = new MemoryTarget({ size });
    return { target, contents: async () => target.bytes };
  };
  runCases(test, "memory target", targetContract(makeTarget));
}
