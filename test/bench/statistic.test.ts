import test from "ava";
import { ratioOf, spreadOf, statisticOf } from "../../bench/peers/statistic.js";

test("the median of an even count lies between the two in the middle", (t) => {
  t.deepEqual(statisticOf([4, 1, 3, 2]), { median: 2.5, low: 1, high: 4, count: 4 });
  t.deepEqual(statisticOf([9, 1, 5]), { median: 5, low: 1, high: 9, count: 3 });
  t.deepEqual(statisticOf([7]), { median: 7, low: 7, high: 7, count: 1 });
  t.is(statisticOf([]), undefined);
});

test("values are compared as numbers", (t) => {
  t.is(statisticOf([10, 9, 100])?.median, 10);
});

test("spread is a part of the median", (t) => {
  t.is(spreadOf({ median: 2, low: 1, high: 4, count: 3 }), 1.5);
  t.is(spreadOf({ median: 0, low: 0, high: 0, count: 1 }), 0);
});

test("a ratio is formed within rounds, so that a slow round does not count", (t) => {
  const peer = new Map([
    [0, 10],
    [1, 100],
    [2, 12],
  ]);
  const ours = new Map([
    [0, 5],
    [1, 50],
    [2, 6],
  ]);
  t.deepEqual(ratioOf(peer, ours), { median: 2, low: 2, high: 2, count: 3 });
});

test("rounds in which one of the two is missing give no ratio", (t) => {
  const both = ratioOf(
    new Map([
      [0, 6],
      [2, 9],
    ]),
    new Map([
      [0, 2],
      [1, 1],
    ]),
  );
  t.deepEqual(both, { median: 3, low: 3, high: 3, count: 1 });
  t.is(ratioOf(new Map([[0, 6]]), new Map([[1, 2]])), undefined);
  t.is(ratioOf(new Map([[0, 6]]), new Map([[0, 0]])), undefined);
});
