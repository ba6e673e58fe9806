/** Metrics of `ashlar serve` for Prometheus. No label names a project, a user or a record. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { RequestRecord } from "../../api/api.js";
import { LIVE_BACKUP_STATUSES } from "../../catalog/backups.js";
import type { OperationRow } from "../../catalog/operations.js";
import type { Service } from "../../service/service.js";

const SECONDS = [0.005, 0.02, 0.1, 0.5, 2, 10];

export class ApiMetrics {
  readonly #registry = new Registry();
  readonly #service: Service;
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #durations: Histogram<"method" | "route">;
  readonly #failures: Counter<"action">;

  constructor(service: Service) {
    this.#service = service;
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
      labelNames: ["action"],
    });
    this.#addOperations();
    this.#addBackups();
  }

  /** @param route of a request that none matches is left out, so that callers cannot make up labels */
  noteRequest({ method, route, status, durationMs }: RequestRecord): void {
    const labels = { method: route === undefined ? "" : method, route: route?.split(" ")[1] ?? "" };
    this.#requests.inc({ ...labels, status: `${status}` });
    this.#durations.observe(labels, durationMs / 1000);
  }

  noteFailure(action: string): void {
    this.#failures.inc({ action });
  }

  async respond(): Promise<Response> {
    const headers = { "Content-Type": this.#registry.contentType };
    return new Response(await this.#registry.metrics(), { headers });
  }

  /** Of all processes that share the catalog. */
  #addOperations(): void {
    const service = this.#service;
    const registers = [this.#registry];
    const gauge = (name: string, help: string, measure: (row: OperationRow) => number): void => {
      new Gauge({
        ...{ name, help, registers, labelNames: ["kind", "state"] },
        async collect() {
          this.reset();
          for (const operation of await service.listOperations()) {
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

  #addBackups(): void {
    const service = this.#service;
    new Gauge({
      ...{ name: "ashlar_backups", help: "Backups in the catalog.", registers: [this.#registry] },
      labelNames: ["status"],
      async collect() {
        const storage = await service.blockStorage();
        for (const status of LIVE_BACKUP_STATUSES) {
          const query = { allProjects: true, filter: { status }, page: { limit: 0 }, isCounted: true };
          this.set({ status }, (await storage.listBackups(query)).count ?? 0);
        }
      },
    });
  }
}
