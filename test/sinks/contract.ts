/** The contract of `ObjectSink` as tests of AVA's. Every sink and every layer runs the whole of it. */
import type { ExecutionContext } from "ava";
import type { ObjectSink } from "../../src/sinks/sink.js";
import { type SinkContractOptions, sinkContract as sinkCases } from "../../src/testing/index.js";

type Implementation = (t: ExecutionContext) => Promise<void>;

/** AVA's `test`, or `test.serial` for servers that can do one thing at a time. */
export interface DeclareTest {
  (title: string, implementation: Implementation): void;
  skip(title: string, implementation: Implementation): void;
}

/** A new, empty sink. What it needs undone is registered with `t.teardown`. */
export type MakeSink = (t: ExecutionContext) => Promise<ObjectSink>;

/**
 * @param name of the sink under test, in front of each title
 * @param options `only` leaves out cases with other titles
 */
export function sinkContract(
  test: DeclareTest,
  name: string,
  makeSink: MakeSink,
  { only = /./, ...options }: SinkContractOptions & { readonly only?: RegExp } = {},
): void {
  const casesOf = (t: ExecutionContext) => sinkCases(() => makeSink(t), options);
  for (const [index, { title, skip }] of sinkCases(unmade, options).entries()) {
    if (!only.test(title)) continue;
    const run: Implementation = async (t) => {
      await casesOf(t)[index]!.run();
      t.pass();
    };
    if (skip === undefined) test(`${name}: ${title}`, run);
    else test.skip(`${name}: ${title} (${skip})`, run);
  }
}

async function unmade(): Promise<never> {
  throw new Error("the titles of cases are read without a sink");
}
