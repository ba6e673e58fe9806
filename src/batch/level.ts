/** Decides from a volume's backups whether the next one is full, and why. */
import type { BackupRow } from "../catalog/backups.js";
import type { IncrementalPolicy } from "./plan.js";

export interface LevelDecision {
  readonly isIncremental: boolean;
  /** A phrase, e.g. `the chain has 7 backups`. */
  readonly reason: string;
}

type Known = Pick<BackupRow, "id" | "parentId" | "storedSize" | "dataTimestamp" | "createdAt">;

/** @param backups the available backups of the volume in the repository, in any order */
export function decideLevel(
  backups: readonly Known[],
  { isIncremental, fullEvery, chainFactorMax }: IncrementalPolicy,
): LevelDecision {
  if (!isIncremental) return { isIncremental: false, reason: "the plan wants full backups" };
  const chain = latestChain(backups);
  const full = chain.at(-1);
  if (full === undefined) return { isIncremental: false, reason: "there is no backup yet" };
  if (full.parentId !== null)
    return { isIncremental: false, reason: `the chain is broken: backup ${full.parentId} is missing` };
  if (fullEvery !== undefined && chain.length >= fullEvery)
    return {
      isIncremental: false,
      reason: `the chain has ${chain.length} backups (full_every ${fullEvery})`,
    };
  const factor = factorOf(chain);
  if (chainFactorMax !== undefined && factor !== undefined && factor > chainFactorMax)
    return {
      isIncremental: false,
      reason: `the chain takes ${factor.toFixed(2)} times its full backup (full_when_chain_exceeds ${chainFactorMax})`,
    };
  return { isIncremental: true, reason: `based on ${chain[0]!.id}` };
}

/** The chain of the newest backup, newest first, as far as it is there. */
function latestChain(backups: readonly Known[]): Known[] {
  const byId = new Map(backups.map((backup) => [backup.id, backup]));
  const newest = backups.toSorted((a, b) => momentOf(b) - momentOf(a))[0];
  const chain: Known[] = [];
  let next = newest;
  while (next !== undefined && !chain.includes(next)) {
    chain.push(next);
    next = next.parentId === null ? undefined : byId.get(next.parentId);
  }
  return chain;
}

/** Stored size of the chain relative to its full backup; `undefined` where a size is not known. */
function factorOf(chain: readonly Known[]): number | undefined {
  const full = chain.at(-1)?.storedSize ?? 0;
  if (full === 0 || chain.some(({ storedSize }) => storedSize === null)) return undefined;
  return chain.reduce((sum, { storedSize }) => sum + storedSize!, 0) / full;
}

function momentOf({ dataTimestamp, createdAt }: Known): number {
  return (dataTimestamp ?? createdAt).getTime();
}
