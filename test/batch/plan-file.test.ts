/** Reading plans: what they mean, and what is said about mistakes. */
import { readFile } from "node:fs/promises";
import test, { type ExecutionContext } from "ava";
import { readPlan } from "../../src/batch/plan-file.js";
import { UsageError } from "../../src/errors.js";

/** The messages about a plan, without what they begin with. */
function faultsOf(t: ExecutionContext, content: string): string[] {
  const error = t.throws(() => readPlan(content, "dir/plan.yaml"), { instanceOf: AggregateError })!;
  return error.errors.map((each: Error) => {
    t.true(each instanceof UsageError);
    t.regex(each.message, /^Cannot (use|read) plan "dir\/plan\.yaml": /);
    return each.message.replace(/^.*plan\.yaml": /, "");
  });
}

test("fields come from the volume, its group, and the defaults, in this order", (t) => {
  const plan = readPlan(
    `
defaults: { codec: zstd, level: 5, verify: whole, metadata: { tier: gold }, snapshot: auto, after: "true" }
volumes:
  - path: a.img
    verify: 25%
  - group: db
    codec: zlib
    metadata: { owner: ops }
    volumes:
      - path: b.img
        metadata: { tier: tin }
        before: { run: [sync, -f], timeout: 2m }
`,
    "/etc/ashlar/my plan.yaml",
  );
  t.is(plan.name, "my-plan");
  t.is(plan.overlap, "skip");
  const [single, group] = plan.groups;
  t.like(single!.volumes[0]!.policy, { codec: "zstd", level: 5, verify: 0.25, metadata: { tier: "gold" } });
  t.is(single!.snapshot, "auto");
  t.like(group, { name: "db", snapshot: "auto", after: undefined });
  const { policy } = group!.volumes[0]!;
  // The level belongs to the codec that was named with it.
  t.like(policy, { codec: "zlib", level: undefined, verify: 1, metadata: { tier: "tin", owner: "ops" } });
  t.deepEqual(policy.before, { argv: ["sync", "-f"], timeoutMs: 120_000 });
  t.deepEqual(policy.after, { argv: ["/bin/sh", "-c", "true"], timeoutMs: 60_000 });
});

test("a volume alone is backed up whole, from itself, and nothing more", (t) => {
  const [group] = readPlan("volumes: [{ path: a }]", "p").groups;
  t.like(group!.volumes[0]!.policy, { incremental: { isIncremental: false }, snapshot: "none", verify: 0 });
  t.is(group!.volumes[0]!.policy.keep, undefined);
});

test("mistakes are reported with line, column, value and what is wanted", (t) => {
  const faults = faultsOf(
    t,
    `volumes:
  - path: v/a.img
    verifi: all
    incremental: { full_evry: 3, full_when_chain_exceeds: 1 }
  - volume: x
    verify: always
    before: { run: 7 }
paralel: 3
`,
  );
  t.deepEqual(faults, [
    'line 3, column 13: volumes[0].verifi is "all", want no such field; did you mean verify?',
    "line 4, column 31: volumes[0].incremental.full_evry is 3, want no such field; did you mean full_every?",
    "line 4, column 59: volumes[0].incremental.full_when_chain_exceeds is 1, want a number above 1, such as 1.5",
    'line 6, column 13: volumes[1].verify is "always", want none, sampled, whole, or a share such as 10%',
    "line 7, column 20: volumes[1].before.run is 7, want a command",
    "line 8, column 10: paralel is 3, want no such field; did you mean parallel?",
  ]);
});

test("fields that exclude or need each other are checked", (t) => {
  t.deepEqual(faultsOf(t, "volumes:\n  - { path: a, glob: b }\n"), [
    "line 2, column 5: volumes[0], want exactly one of path, glob, volume and group",
  ]);
  t.deepEqual(faultsOf(t, "volumes: [{ path: a, exclude: [b] }]"), [
    "line 1, column 11: volumes[0], want exclude beside a glob only",
  ]);
  t.deepEqual(faultsOf(t, "volumes: [{ path: a, level: 3 }]"), [
    "line 1, column 29: volumes[0].level is 3, want codec beside level",
  ]);
  t.deepEqual(faultsOf(t, "volumes: [{ path: a, keep: {} }]"), [
    "line 1, column 22: volumes[0].keep, want at least one of last, daily, weekly, monthly, yearly",
  ]);
});

test("what is no YAML, or no plan, is reported as such", (t) => {
  t.regex(faultsOf(t, "volumes: [ {path: a")[0]!, /^line 1, column \d+: /);
  t.regex(faultsOf(t, "name: a\nname: b")[0]!, /^line 2, column 1: Map keys must be unique/);
  t.deepEqual(faultsOf(t, "- a"), ["line 1, column 1: the plan, want a mapping with volumes"]);
  t.deepEqual(faultsOf(t, ""), ["line 1, column 1: the plan is null, want a mapping with volumes"]);
  const bomb = `a: &a [x,x,x,x,x,x,x,x,x,x]\n${"bcdefg"
    .split("")
    .map((name, index) => `${name}: &${name} [${`*${"abcdef"[index]},`.repeat(10)}]`)
    .join("\n")}\n`;
  t.throws(() => readPlan(bomb, "p"), { instanceOf: UsageError, message: /alias/ });
});

test("at most ten mistakes are reported", (t) => {
  t.is(faultsOf(t, `volumes:\n${"  - { path: 3 }\n".repeat(50)}`).length, 10);
});

test("every plan of the documentation is one", async (t) => {
  const text = await readFile(new URL("../../../docs/batch.md", import.meta.url), "utf8");
  const plans = [...text.matchAll(/^```yaml\n(# (\S+)\n.*?)^```/gms)];
  t.true(plans.length >= 5);
  for (const [, content, name] of plans) t.notThrows(() => readPlan(content!, name!), name);
});
