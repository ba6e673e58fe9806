/** The contract of `ObjectSink` (`../sinks/sink.ts`). Every sink and every layer of Ashlar's passes the whole of it. */
import type { ObjectSink } from "../sinks/sink.js";
import { type CaseContext, type ContractCase, collectCases, type DeclareCase } from "./contract-case.js";
import { nameCases } from "./sink-names.js";
import { readingCases } from "./sink-reading.js";
import { signalCases } from "./sink-signals.js";
import { writingCases } from "./sink-writing.js";

/** A new sink that holds nothing, for one case. */
export type MakeSink = (context: CaseContext) => Promise<ObjectSink>;

/** What the cases have to know of a sink. */
export interface SinkContractOptions {
  /** Objects in the case of long listings; more than the 10 000 that object stores list in a page. @default {10001} */
  readonly manyCount?: number;
  /** Whether a container's name may have a "/" in it, which object stores refuse. @default {true} */
  readonly nestedContainers?: boolean;
}

/** What the cases of a sink have in common. */
export interface SinkCases extends Required<SinkContractOptions> {
  readonly test: DeclareCase;
  readonly makeSink: MakeSink;
}

/** A container's name for cases that do not care which; "/" stands for depth, where there is any. */
export function containerName({ nestedContainers }: SinkCases, nested: string): string {
  return nestedContainers ? nested : nested.replaceAll("/", "-");
}

/**
 * What `ObjectSink` promises: atomic writes, reads from any offset, exact listings, signals, names that are refused.
 * Durability is not among the cases: no test can pull the plug. Each makes a sink of its own, and stores at most a few
 * megabytes.
 */
export function sinkContract(makeSink: MakeSink, options: SinkContractOptions = {}): readonly ContractCase[] {
  const { manyCount = 10_001, nestedContainers = true } = options;
  return collectCases((test) => {
    const cases: SinkCases = { test, makeSink, manyCount, nestedContainers };
    writingCases(cases);
    readingCases(cases);
    signalCases(cases);
    nameCases(cases);
  });
}
