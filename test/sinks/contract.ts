/** The contract of `ObjectSink` as tests of AVA's. Every sink and every layer runs the whole of it. */
import type { ExecutionContext } from "ava";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { type SinkContractOptions, sinkContract as sinkCases } from "../../src/testing/sink-contract.js";

/** AVA's `test`, or `test.serial` for servers that can do one thing at a time. */
export type DeclareTest = (title: string, implementation: (t: ExecutionContext) => Promise<void>) => void;

/** A new, empty sink. What it needs undone is registered with `t.teardown`. */
export type MakeSink = (t: ExecutionContext) => Promise<ObjectSink>;

/** @param name of the sink under test, in front of each title */
export function sinkContract(
  test: DeclareTest,
  name: string,
  makeSink: MakeSink,
  options: SinkContractOptions = {},
): void {
  const casesOf = (t: ExecutionContext) => sinkCases(() => makeSink(t), options);
  const titles = sinkCases(unmade, options).map(({ title }) => title);
  for (const [index, title] of titles.entries()) {
    test(`${name}: ${title}`, async (t) => {
      await casesOf(t)[index]!.run();
      t.pass();
    });
  }
}

async function unmade(): Promise<never> {
  throw new Error("the titles of cases are read without a sink");
}
