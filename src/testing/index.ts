/**
 * Ashlar's contracts for custom sinks, sources, targets and codecs: the promises of each interface, as cases that run
 * under any test runner, on any runtime. A case that does not apply is reported as skipped.
 *
 *     import { test } from "node:test";
 *     import { sinkContract } from "ashlar/testing";
 *
 *     for (const { title, run } of sinkContract(async () => new MySink())) test(title, run);
 */
export { ContractError } from "./check.js";
export { codecContract } from "./codec-contract.js";
export type { CaseContext, CaseRunner, ContractCase } from "./contract-case.js";
export type { MakeSink, SinkContractOptions } from "./sink-cases.js";
export { sinkContract } from "./sink-contract.js";
export { type MakeSource, type SourceContractOptions, sourceContract } from "./source-contract.js";
export { type MakeTarget, type TargetUnderTest, targetContract } from "./target-contract.js";
