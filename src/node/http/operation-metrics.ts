/** Counters of what this process has done since its start, running operations included. */
import { Counter, type Registry } from "prom-client";
import type { OperationTotals } from "../../service/operations/ledger.js";
import type { Monitor } from "../../service/operations/monitor.js";

type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Series {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly samplesOf: (totals: OperationTotals) => readonly Sample[];
}

const SERIES: readonly Series[] = [
  {
    name: "ashlar_operations_ended_total",
    help: "Operations that ended: done, or with an error of that kind.",
    labelNames: ["kind", "outcome"],
    samplesOf: ({ kind, ended }) => [...ended].map(([outcome, count]) => [{ kind, outcome }, count]),
  },
  {
    name: "ashlar_volume_bytes_total",
    help: "Bytes of volumes that operations have read, restored or verified.",
    labelNames: ["kind"],
    samplesOf: ({ kind, bytesDone }) => [[{ kind }, bytesDone]],
  },
  {
    name: "ashlar_stored_bytes_total",
    help: "Bytes of objects that operations have stored.",
    labelNames: ["kind"],
    samplesOf: ({ kind, storedBytes }) => [[{ kind }, storedBytes]],
  },
  {
    name: "ashlar_stage_bytes_total",
    help: "Bytes that stages of the pipeline have taken in.",
    labelNames: ["kind", "stage"],
    samplesOf: ({ kind, stages }) => stages.map(({ stage, bytes }) => [{ kind, stage }, bytes]),
  },
  {
    name: "ashlar_stage_seconds_total",
    help: "Time that stages of the pipeline have worked, waited for input, or waited for output.",
    labelNames: ["kind", "stage", "state"],
    samplesOf: ({ kind, stages }) =>
      stages.flatMap(({ stage, busySeconds, waitInputSeconds, waitOutputSeconds }): Sample[] => [
        [{ kind, stage, state: "busy" }, busySeconds],
        [{ kind, stage, state: "wait_input" }, waitInputSeconds],
        [{ kind, stage, state: "wait_output" }, waitOutputSeconds],
      ]),
  },
];

export function addTotals(registry: Registry, monitor: Monitor): void {
  for (const { name, help, labelNames, samplesOf } of SERIES) {
    new Counter({
      ...{ name, help, labelNames: [...labelNames], registers: [registry] },
      collect() {
        this.reset();
        for (const totals of monitor.totals())
          for (const [labels, value] of samplesOf(totals)) this.inc(labels, value);
      },
    });
  }
}
