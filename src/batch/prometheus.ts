/** The report of a batch as a text file for Prometheus' node exporter, by its textfile collector. */
import type { BatchItem } from "./item.js";
import type { BatchOutcome } from "./run.js";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number];

/** @param endedAt of the run */
export function prometheusReport({ run, items, durationMs }: BatchOutcome, endedAt: Date): string {
  const plan = { plan: run.plan };
  const count = (stage: string): number => items.filter((item) => item.stage === stage).length;
  const ended = items.filter(({ durationMs: ms }) => ms !== null);
  const done = items.filter(({ stage }) => stage === "done");
  const labelsOf = ({ source, group = "" }: BatchItem): Labels => ({ ...plan, volume: source, group });
  const each = (of: readonly BatchItem[], read: (item: BatchItem) => number): Sample[] =>
    of.map((item) => [labelsOf(item), read(item)]);
  return [
    metric("run_end_timestamp_seconds", "When the last run of the plan ended.", [
      [plan, endedAt.getTime() / 1000],
    ]),
    metric("run_duration_seconds", "Duration of the last run.", [[plan, durationMs / 1000]]),
    metric("run_volumes", "Volumes of the last run by outcome.", [
      [{ ...plan, outcome: "done" }, count("done")],
      [{ ...plan, outcome: "failed" }, count("failed")],
      [{ ...plan, outcome: "stopped" }, items.length - count("done") - count("failed")],
    ]),
    metric(
      "volume_success",
      "Whether the volume was backed up in the last run.",
      each(items, ({ stage }) => Number(stage === "done")),
    ),
    metric(
      "volume_duration_seconds",
      "Duration of the volume's steps.",
      each(ended, ({ durationMs: ms }) => ms! / 1000),
    ),
    metric(
      "volume_size_bytes",
      "Bytes of the volume.",
      each(done, ({ volumeSize }) => volumeSize),
    ),
    metric(
      "volume_stored_bytes",
      "Bytes that the backup's objects take.",
      each(done, ({ storedSize }) => storedSize ?? 0),
    ),
    metric(
      "volume_incremental",
      "Whether the backup is incremental.",
      each(done, ({ isIncremental }) => Number(isIncremental)),
    ),
  ].join("");
}

function metric(name: string, help: string, samples: readonly Sample[]): string {
  const full = `ashlar_batch_${name}`;
  const lines = samples.map(([labels, value]) => `${full}{${labelText(labels)}} ${value}\n`);
  return `# HELP ${full} ${help}\n# TYPE ${full} gauge\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escaped(value)}"`)
    .join(",");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
