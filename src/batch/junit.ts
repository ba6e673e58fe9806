/** The report of a batch as JUnit XML: a test case for each volume. */
import type { BatchItem } from "./item.js";
import type { BatchOutcome } from "./run.js";

export function junitReport({ run, items, durationMs }: BatchOutcome): string {
  const failed = items.filter(({ stage }) => stage === "failed").length;
  const skipped = items.filter(({ stage }) => stage !== "done" && stage !== "failed").length;
  const suite = {
    name: run.plan,
    id: run.id,
    timestamp: run.startedAt.toISOString(),
    tests: items.length,
    failures: failed,
    errors: 0,
    skipped,
    time: secondsOf(durationMs),
  };
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<testsuites>",
    `  <testsuite${attributes(suite)}>`,
    ...items.flatMap((item) => testCase(run.plan, item)),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

function testCase(plan: string, { source, group, stage, reason, durationMs }: BatchItem): string[] {
  const classname = group === undefined ? plan : `${plan}.${group}`;
  const start = `    <testcase${attributes({ classname, name: source, time: secondsOf(durationMs ?? 0) })}`;
  if (stage === "done") return [`${start}/>`];
  const outcome = stage === "failed" ? "failure" : "skipped";
  const message = reason ?? "the batch was stopped before it";
  return [`${start}>`, `      <${outcome}${attributes({ message })}/>`, "    </testcase>"];
}

function secondsOf(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join("");
}

/** Characters that XML has no form for are replaced; a line break must not become a space. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "\uFFFD")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
}
