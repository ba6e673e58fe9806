/** Metrics of `ashlar serve` for Prometheus. No label names a project, a user or a record. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RequestRecord } from "../../api/api.js";
import type { OperationRow } from "../../catalog/operations.js";
import { isAshlarError } from "../../errors.js";
import type { Monitor } from "../../service/operations/monitor.js";
import { addTotals } from "./operation-metrics.js";

const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10];

export class ApiMetrics {
  readonly #registry = new Registry();
  readonly #monitor: Monitor;
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #durations: Histogram<"method" | "route">;
  readonly #failures: Counter<"action" | "error">;
  /** Of the present scrape. */
  #operations: readonly OperationRow[] = [];

  constructor(monitor: Monitor) {
    this.#monitor = monitor;
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#requests = new Counter({
      ...{ name: "ashlar_api_requests_total", help: "Requests that were answered.", registers },
      labelNames: ["method", "route", "status"],
    });
    this.#durations = new Histogram({
      ...{ name: "ashlar_api_request_seconds", help: "Time to answer a request.", registers },
      ...{ labelNames: ["method", "route"], buckets: SECONDS },
    });
    this.#failures = new Counter({
      ...{ name: "ashlar_background_failures_total", help: "Accepted work that failed.", registers },
      labelNames: ["action", "error"],
    });
    this.#addOperations();
    this.#addLimits();
    this.#addBackups();
    addTotals(this.#registry, monitor);
  }

  /** @param route of a request that none matches is left out, so that callers cannot make up labels */
  noteRequest({ method, route, status, durationMs }: RequestRecord): void {
    const labels = { method: route === undefined ? "" : method, route: route?.split(" ")[1] ?? "" };
    this.#requests.inc({ ...labels, status: `${status}` });
    this.#durations.observe(labels, durationMs / 1000);
  }

  noteFailure(action: string, error: unknown): void {
    this.#failures.inc({ action, error: isAshlarError(error) ? error.code : "internal" });
  }

  async respond(): Promise<Response> {
    this.#operations = await this.#monitor.operations();
    const headers = { "Content-Type": this.#registry.contentType };
    return new Response(await this.#registry.metrics(), { headers });
  }

  /** Of all processes that share the catalog. */
  #addOperations(): void {
    const operations = (): readonly OperationRow[] => this.#operations;
    const registers = [this.#registry];
    const gauge = (name: string, help: string, measure: (row: OperationRow) => number): void => {
      new Gauge({
        ...{ name, help, registers, labelNames: ["kind", "state"] },
        collect() {
          this.reset();
          for (const operation of operations()) {
            const { kind, state } = operation;
            this.inc({ kind, state }, measure(operation));
          }
        },
      });
    };
    gauge("ashlar_operations", "Operations that run or wait.", () => 1);
    gauge(
      "ashlar_operation_bytes_done",
      "Bytes of volumes that running operations have done.",
      ({ bytesDone }) => bytesDone,
    );
    gauge(
      "ashlar_operation_bytes_per_second",
      "Rate of running operations.",
      ({ bytesPerSecond }) => bytesPerSecond,
    );
    gauge("ashlar_operation_memory_bytes", "Memory that operations have planned.", ({ memory }) => memory);
  }

  #addLimits(): void {
    const monitor = this.#monitor;
    const gauge = (name: string, help: string, measure: () => number): void => {
      new Gauge({
        ...{ name, help, registers: [this.#registry] },
        collect() {
          this.set(measure());
        },
      });
    };
    const { maxMemory = 0, maxOperations } = monitor.limits;
    gauge("ashlar_memory_limit_bytes", "backup_max_memory; 0 for no limit.", () => maxMemory);
    gauge("ashlar_operations_limit", "backup_max_operations; 0 for no limit.", () => maxOperations);
    gauge("ashlar_queued_tasks", "Accepted work of this server whose turn has not come.", () =>
      monitor.queuedTasks(),
    );
  }

  #addBackups(): void {
    const monitor = this.#monitor;
    new Gauge({
      ...{ name: "ashlar_backups", help: "Backups in the catalog.", registers: [this.#registry] },
      labelNames: ["status"],
      async collect() {
        for (const [status, count] of await monitor.backupCounts()) this.set({ status }, count);
      },
    });
  }
}
