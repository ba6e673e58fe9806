/**
 * The contract of `ObjectSink` (`src/sinks/sink.ts`) as tests. Every sink and every layer runs the whole of it.
 */

import type { ExecutionContext } from "ava";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { nameContract } from "./contract-names.js";
import { readingContract } from "./contract-reading.js";
import { signalContract } from "./contract-signal.js";
import { writingContract } from "./contract-writing.js";

/** AVA's `test`, or `test.serial` for servers that can do one thing at a time. */
export type DeclareTest = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

/** A new, empty sink. What it needs undone is registered with `t.teardown`. */
export type MakeSink = (t: ExecutionContext) => Promise<ObjectSink>;

export interface SinkContractOptions {
  /** Objects in the test of long listings; more than the 10 000 that object stores list in a page. @default {10001} */
  readonly manyCount?: number;
  /** Whether a container's name may have a "/" in it, which object stores refuse. @default {true} */
  readonly nestedContainers?: boolean;
}

export interface Contract {
  readonly test: DeclareTest;
  /** Name of the sink under test, in front of each title. */
  readonly name: string;
  readonly makeSink: MakeSink;
  readonly manyCount: number;
  readonly nestedContainers: boolean;
}

/** A container's name for tests that do not care which; "/" stands for depth, where there is any. */
export function containerName({ nestedContainers }: Contract, nested: string): string {
  return nestedContainers ? nested : nested.replaceAll("/", "-");
}

export function sinkContract(
  test: DeclareTest,
  name: string,
  makeSink: MakeSink,
  options: SinkContractOptions = {},
): void {
  const { manyCount = 10_001, nestedContainers = true } = options;
  const contract: Contract = { test, name, makeSink, manyCount, nestedContainers };
  writingContract(contract);
  readingContract(contract);
  signalContract(contract);
  nameContract(contract);
}
