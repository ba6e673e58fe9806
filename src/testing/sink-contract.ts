/** The contract of `ObjectSink` (`../sinks/sink.ts`). Every sink and every layer of Ashlar's passes the whole of it. */
import { type ContractCase, collectCases } from "./contract-case.js";
import type { MakeSink, SinkCases, SinkContractOptions } from "./sink-cases.js";
import { lockCases } from "./sink-locks.js";
import { nameCases } from "./sink-names.js";
import { readingCases } from "./sink-reading.js";
import { removalCases } from "./sink-removal.js";
import { signalCases } from "./sink-signals.js";
import { unfinishedCases } from "./sink-unfinished.js";
import { writingCases } from "./sink-writing.js";

/**
 * Cases for the promises of `ObjectSink`: atomic writes, reads from any offset, exact listings, removals, signals,
 * refused names. There are none for durability, which no test can check without a power cut. Each case makes a sink of
 * its own, and stores at most a few megabytes.
 */
export function sinkContract(makeSink: MakeSink, options: SinkContractOptions = {}): readonly ContractCase[] {
  const { manyCount = 10_001, nestedContainers = true, listsUnfinished = true, locks } = options;
  return collectCases((test) => {
    const cases: SinkCases = { test, makeSink, manyCount, nestedContainers, listsUnfinished, locks };
    writingCases(cases);
    readingCases(cases);
    removalCases(cases);
    lockCases(cases);
    unfinishedCases(cases);
    signalCases(cases);
    nameCases(cases);
  });
}
