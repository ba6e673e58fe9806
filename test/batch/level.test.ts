/** Full or incremental: the rules, one by one and together. */
import test from "ava";
import { decideLevel } from "../../src/batch/level.js";

interface Given {
  readonly id: string;
  readonly parentId: string | null;
  readonly storedSize: number | null;
  readonly dataTimestamp: Date;
  readonly createdAt: Date;
}

/** A chain of backups of these stored sizes, the full one first. */
function chainOf(...sizes: (number | null)[]): Given[] {
  return sizes.map((storedSize, index) => {
    const moment = new Date(1_000_000 * (index + 1));
    const parentId = index === 0 ? null : `b${index - 1}`;
    return { id: `b${index}`, parentId, storedSize, dataTimestamp: moment, createdAt: moment };
  });
}

const ALWAYS = { isIncremental: true };

test("without incrementals every backup is full", (t) => {
  t.false(decideLevel(chainOf(10), { isIncremental: false }).isIncremental);
});

test("the first backup is full, and others incremental otherwise", (t) => {
  t.deepEqual(decideLevel([], ALWAYS), { isIncremental: false, reason: "there is no backup yet" });
  t.deepEqual(decideLevel(chainOf(10, 1, 1), ALWAYS), { isIncremental: true, reason: "based on b2" });
});

test("full_every counts the chain with its full backup", (t) => {
  const policy = { ...ALWAYS, fullEvery: 3 };
  t.true(decideLevel(chainOf(10, 1), policy).isIncremental);
  t.deepEqual(decideLevel(chainOf(10, 1, 1), policy), {
    isIncremental: false,
    reason: "the chain has 3 backups (full_every 3)",
  });
  t.false(decideLevel(chainOf(10), { ...ALWAYS, fullEvery: 1 }).isIncremental);
});

test("only the newest chain counts", (t) => {
  const [first] = chainOf(10);
  const later = { ...first!, id: "later", dataTimestamp: new Date(9e9), createdAt: new Date(9e9) };
  t.true(decideLevel([...chainOf(10, 1, 1), later], { ...ALWAYS, fullEvery: 3 }).isIncremental);
});

test("full_when_chain_exceeds compares stored sizes, and needs all of them", (t) => {
  const policy = { ...ALWAYS, chainFactorMax: 1.5 };
  t.true(decideLevel(chainOf(100, 25, 25), policy).isIncremental);
  t.deepEqual(decideLevel(chainOf(100, 25, 26), policy), {
    isIncremental: false,
    reason: "the chain takes 1.51 times its full backup (full_when_chain_exceeds 1.5)",
  });
  t.true(decideLevel(chainOf(100, null, 90), policy).isIncremental);
});

test("a chain without its full backup is not continued", (t) => {
  const [, ...rest] = chainOf(10, 1, 1);
  t.deepEqual(decideLevel(rest, ALWAYS), {
    isIncremental: false,
    reason: "the chain is broken: backup b0 is missing",
  });
});
