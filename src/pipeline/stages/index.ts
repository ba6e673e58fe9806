/**
 * The stages of a backup (`read`, `digest`, `diff`, `compress`, `store`) and of a restore (`load`, `decompress`,
 * `verify`, `write`), with the objects that they need: chains of stored backups, restore plans, buffer pools, budgets.
 */
export { type Chain, openChain } from "../../chain/chain.js";
export { type ChainLink, checkStoredObjects, readLink, type StoredObjects } from "../../chain/link.js";
export {
  type PlanLayer,
  type PlannedObject,
  planRestore,
  type Range,
  type RestorePlan,
  type VolumeShape,
} from "../../chain/plan.js";
export type { StoredBackup } from "../../chain/stored-backup.js";
export { StoredTable } from "../../chain/stored-table.js";
export { codecIdOf, parseCodecId } from "../../codecs/labels.js";
export { type BudgetOptions, type Hold, MemoryBudget } from "../memory/budget.js";
export { windowSizeOf } from "../memory/geometry.js";
export {
  type Arena,
  arenaSizeOf,
  BufferPool,
  type PooledBuffer,
  type PoolOptions,
} from "../memory/pool.js";
export type { Compute, ComputeOptions, StreamMd5 } from "../run/compute.js";
export { type CheckEncodedOptions, checkEncoded } from "./check-encoded.js";
export { type CompressOptions, compress, type WholeCoding } from "./compress.js";
export { type DecompressOptions, decompress, type NextPiece } from "./decompress.js";
export { type DiffOptions, diff, type FindRuns } from "./diff.js";
export { type DigestCollector, type DigestOptions, digest } from "./digest.js";
export { discard } from "./discard.js";
export type { PieceCoding } from "./encode-pieces.js";
export { type DigestStream, ExpectedDigests } from "./expected-digests.js";
export { load, type ObjectLoader } from "./load.js";
export { ObjectPieces, type ObjectPiecesOptions } from "./object-pieces.js";
export type { ParentDigests } from "./parent-digests.js";
export type { LoadedPiece, PlainPiece, VerifiedRange } from "./piece.js";
export type { ProbeChunk } from "./probe.js";
export { type ReadOptions, read } from "./read.js";
export { ObjectLedger, type StoreOptions, store } from "./store.js";
export { type VerifyOptions, verify } from "./verify.js";
export type { DigestedWindow, EncodedPiece, Extent, ExtentEnd, ExtentPiece, Window } from "./window.js";
export { TargetWriter, write } from "./write.js";
