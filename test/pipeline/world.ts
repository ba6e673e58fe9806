/** The world of the portable tests, with Node's runtime beside the portable one. */
import { nodeRuntime } from "../../src/node/runtime.js";
import { portableRuntime } from "../../src/pipeline/run/portable-runtime.js";
import type { Runtime } from "../../src/pipeline/run/runtime.js";

export * from "../portable/world.js";

export interface NamedRuntime {
  readonly title: string;
  readonly runtime: Runtime;
}

/** Both runtimes; a test that holds for one has to hold for the other. */
export const runtimes: readonly NamedRuntime[] = [
  { title: "portable", runtime: await portableRuntime() },
  { title: "node", runtime: await nodeRuntime("native") },
];

export const [portable, node]: readonly [NamedRuntime, NamedRuntime] = runtimes as [
  NamedRuntime,
  NamedRuntime,
];
