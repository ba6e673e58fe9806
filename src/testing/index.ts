/**
 * Ashlar's contracts for those who write a sink, a source, a target or a codec of their own: what each interface
 * promises, as cases that run under any test runner, on any runtime.
 *
 *     import { test } from "node:test";
 *     import { sinkContract } from "ashlar/testing";
 *
 *     for (const { title, run } of sinkContract(async () => new MySink())) test(title, run);
 */
export { ContractError } from "./check.js";
export { codecContract } from "./codec-contract.js";
export type { CaseContext, ContractCase } from "./contract-case.js";
export { type MakeSink, type SinkContractOptions, sinkContract } from "./sink-contract.js";
export { type MakeSource, type SourceContractOptions, sourceContract } from "./source-contract.js";
export { type MakeTarget, type TargetUnderTest, targetContract } from "./target-contract.js";
