/** Runs the portable suite where there is no test runner: a request in, a report out, both plain JSON. */
import type { Runtime } from "../../src/pipeline/run/runtime.js";
import type { GoldenVector } from "../fixtures/golden-vectors.js";
import { assertions, type PortableTest } from "./assertions.js";
import { decodeBytes, type EncodedFiles } from "./encoded-files.js";
import { exchangeTests, type WrittenBackups, writeBackups } from "./exchange.js";
import { portableSuite } from "./suite.js";
import { measureThroughput, type Throughput } from "./throughput.js";

export interface SuiteRequest {
  readonly vectors: readonly GoldenVector[];
  /** By path, as `GoldenFiles`. */
  readonly files: EncodedFiles;
  /** What other runtimes wrote, by name; where there is none, the suite is run and this runtime's is written. */
  readonly written?: Readonly<Record<string, WrittenBackups>>;
  readonly measure: boolean;
  /** Of the server that has an object store; the driver adds its own. */
  readonly storeUrl?: string;
}

export interface SuiteReport {
  readonly passed: number;
  /** Titles of the tests that do not apply. */
  readonly skipped: readonly string[];
  readonly failures: readonly { readonly title: string; readonly error: string }[];
  readonly written?: WrittenBackups;
  readonly throughput?: Throughput;
}

interface Registered {
  readonly title: string;
  readonly run: Parameters<PortableTest>[1];
}

export async function runSuite(runtime: Runtime, request: SuiteRequest): Promise<SuiteReport> {
  const registered: Registered[] = [];
  const skipped: string[] = [];
  const test: PortableTest = Object.assign(
    (title: string, run: Registered["run"]) => void registered.push({ title, run }),
    { skip: (title: string) => void skipped.push(title) },
  );
  const { vectors, written, storeUrl } = request;
  if (written === undefined) {
    const files = new Map(Object.entries(request.files).map(([path, text]) => [path, decodeBytes(text)]));
    portableSuite(test, { runtime, golden: { vectors, files }, storeUrl });
  } else {
    for (const [writer, backups] of Object.entries(written)) exchangeTests(test, runtime, writer, backups);
  }
  const failures: { title: string; error: string }[] = [];
  for (const { title, run } of registered) {
    try {
      await run(assertions);
    } catch (error) {
      failures.push({
        title,
        error: error instanceof Error ? (error.stack ?? String(error)) : String(error),
      });
    }
  }
  return {
    passed: registered.length - failures.length,
    skipped,
    failures,
    ...(written === undefined ? { written: await writeBackups(runtime) } : {}),
    ...(request.measure ? { throughput: await measureThroughput(runtime) } : {}),
  };
}
