/** Metrics for Prometheus, and the dashboard that shows them. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { ApiMetrics } from "../../../src/node/http/api-metrics.js";
import { open } from "../../api/fixture.js";

interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly targets: readonly { readonly expr: string }[];
  }[];
}

async function linesOf(metrics: ApiMetrics): Promise<readonly string[]> {
  const response = await metrics.respond();
  return (await response.text()).split("\n");
}

test("requests, operations and backups are counted, without names of projects or records", async (t) => {
  const client = await open(t);
  const metrics = new ApiMetrics(client.service);
  const { id } = await client.service.findVolume("disk");
  await client.service.createBackup({ volume: "disk" });
  await client.ask(`GET /v3/volumes/${id}`);
  await client.ask("GET /v3/nothing/at/all");
  for (const record of client.records) metrics.noteRequest(record);
  metrics.noteFailure("create backup");
  const lines = await linesOf(metrics);
  for (const line of [
    'ashlar_api_requests_total{method="GET",route="/volumes/:id",status="200"} 1',
    'ashlar_api_requests_total{method="",route="",status="404"} 1',
    'ashlar_backups{status="available"} 1',
    'ashlar_backups{status="error"} 0',
    'ashlar_background_failures_total{action="create backup"} 1',
  ])
    t.true(lines.includes(line), line);
  t.false(lines.join("\n").includes(id));
  t.true(lines.some((line) => line.startsWith("process_resident_memory_bytes ")));
});

test("the dashboard asks for metrics that are there", async (t) => {
  const client = await open(t);
  const lines = await linesOf(new ApiMetrics(client.service));
  const known = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  const text = await readFile(new URL("../../../../deploy/grafana-dashboard.json", import.meta.url), "utf8");
  const { panels } = JSON.parse(text) as Dashboard;
  t.true(panels.length >= 6);
  for (const { title, targets } of panels)
    for (const { expr } of targets)
      for (const [name] of expr.matchAll(/\b(?:ashlar|process)_\w+/g))
        t.true(known.includes(name.replace(/_bucket$/, "")), `${title}: ${name}`);
});
