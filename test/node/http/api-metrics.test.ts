/** Metrics for Prometheus, and the dashboard that shows them. */
import { readFile } from "node:fs/promises";
import test from "ava";
import { IntegrityError, InvalidStateError } from "../../../src/errors.js";
import { ApiMetrics } from "../../../src/node/http/api-metrics.js";
import { open } from "../../api/fixture.js";
import { damage, VOLUME_SIZE } from "../../service/fixture.js";

interface Dashboard {
  readonly panels: readonly {
    readonly id: number;
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
  const metrics = new ApiMetrics(client.service.monitor());
  const { id } = await client.service.findVolume("disk");
  const made = await client.service.createBackup({ volume: "disk" });
  await damage(client.world.objectPath(made, "-00001"), 100);
  await t.throwsAsync(client.service.verifyBackup({ backup: "latest" }), { instanceOf: IntegrityError });
  await client.ask(`GET /v3/volumes/${id}`);
  await client.ask("GET /v3/nothing/at/all");
  for (const record of client.records) metrics.noteRequest(record);
  metrics.noteFailure("create backup", new InvalidStateError("x"));
  metrics.noteFailure("create backup", new TypeError("x"));
  const lines = await linesOf(metrics);
  for (const line of [
    'ashlar_api_requests_total{method="GET",route="/volumes/:id",status="200"} 1',
    'ashlar_api_requests_total{method="",route="",status="404"} 1',
    'ashlar_backups{status="available"} 1',
    'ashlar_backups{status="error"} 0',
    'ashlar_background_failures_total{action="create backup",error="invalid-state"} 1',
    'ashlar_background_failures_total{action="create backup",error="internal"} 1',
    'ashlar_operations_ended_total{kind="backup",outcome="done"} 1',
    'ashlar_operations_ended_total{kind="verify",outcome="integrity"} 1',
    `ashlar_volume_bytes_total{kind="backup"} ${VOLUME_SIZE}`,
    `ashlar_stage_bytes_total{kind="backup",stage="read"} ${VOLUME_SIZE}`,
    'ashlar_stage_seconds_total{kind="backup",stage="store",state="wait_input"} 0',
    "ashlar_queued_tasks 0",
    "ashlar_memory_limit_bytes 0",
    "ashlar_operations_limit 15",
  ])
    t.true(lines.includes(line), line);
  t.deepEqual(
    lines.filter((line) => line.startsWith("ashlar_") && line.includes("_total{")).sort(),
    (await linesOf(metrics)).filter((line) => line.startsWith("ashlar_") && line.includes("_total{")).sort(),
    "a second scrape counts nothing again",
  );
  t.false(lines.join("\n").includes(id));
  t.true(lines.some((line) => line.startsWith("process_resident_memory_bytes ")));
});

test("the dashboard asks for metrics that are there", async (t) => {
  const client = await open(t);
  const lines = await linesOf(new ApiMetrics(client.service.monitor()));
  const known = lines.flatMap((line) => /^# TYPE (\S+)/.exec(line)?.[1] ?? []);
  const text = await readFile(new URL("../../../../deploy/grafana-dashboard.json", import.meta.url), "utf8");
  const { panels } = JSON.parse(text) as Dashboard;
  t.true(panels.length >= 11);
  t.is(new Set(panels.map(({ id }) => id)).size, panels.length);
  for (const { title, targets } of panels)
    for (const { expr } of targets)
      for (const [name] of expr.matchAll(/\b(?:ashlar|process)_\w+/g))
        t.true(known.includes(name.replace(/_bucket$/, "")), `${title}: ${name}`);
});
