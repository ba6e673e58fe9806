import { availableParallelism } from "node:os";
import type { DigestEngineChoice } from "../../kernels/engine.js";
import { ThreadPool } from "../../threads/pool.js";
import { undecided } from "../digests/choice.js";
import { type NodeTasks, nodeTraits } from "./tasks.js";
import { startThread } from "./thread.js";

export type NodePool = ThreadPool<NodeTasks>;

export interface NodePoolOptions {
  /** How many long tasks run at once. @default {the number of cores that this process may use} */
  readonly count?: number;
  /** @default {"auto"} */
  readonly digestEngine?: DigestEngineChoice;
}

/** A pool of Node's worker threads. Idle threads do not keep the process alive. */
export function nodePool({
  count = availableParallelism(),
  digestEngine = "auto",
}: NodePoolOptions = {}): NodePool {
  const settings = { digestEngine, decision: undecided() };
  return new ThreadPool({ count, traits: nodeTraits, startThread: () => startThread(settings) });
}
