/** Serves the Block Storage API of one service from this process, until the signal. */
import { hostname } from "node:os";
import process from "node:process";
import { type ApiHandler, type ApiOptions, createApi, type RequestRecord } from "../../api/api.js";
import type { Authenticator } from "../../api/auth/authenticator.js";
import { KeystoneAuthentication } from "../../api/auth/keystone.js";
import { noAuthentication } from "../../api/auth/noauth.js";
import { tokenAuthentication } from "../../api/auth/tokens.js";
import type { ServeApiOptions } from "../../cli/host.js";
import { UsageError } from "../../errors.js";
import type { Policy } from "../../service/access/policy.js";
import type { Service } from "../../service/service.js";
import type { Settings } from "../../service/settings.js";
import { nodeClock } from "../clock.js";
import { openNodeService } from "../service.js";
import { readUiFiles } from "../ui-files.js";
import type { WorkerProcesses } from "../worker-processes.js";
import type { ApiMetrics } from "./api-metrics.js";
import type { AuditLog } from "./audit-log.js";
import { isLoopback, startImageServer } from "./image-server.js";

/**
 * Resolves when the signal was aborted, all requests are answered, and background work has ended or is in the queue again.
 * @throws UsageError for an address that other machines can reach, without authentication
 */
export async function serveApi(settings: Settings, given: ServeApiOptions): Promise<void> {
  const options = await withReports(given);
  const { host, port, auth, tls, signal, onListening, onError } = options;
  const isLocal = isLoopback(host);
  const isOpen = auth.kind === "noauth";
  if (isOpen && !isLocal && !options.allowsOpen)
    throw new UsageError(
      `Cannot serve ${host} without authentication to everyone who reaches it: use --auth tokens or keystone, or listen on 127.0.0.1`,
    );
  const page = options.hasUi ? await readUiFiles() : undefined;
  const authenticator = await authenticatorOf(auth);
  const audit = await auditLogOf(options);
  const { workers = 1 } = settings;
  let metrics: ApiMetrics | undefined;
  let processes: WorkerProcesses | undefined;
  const service = await openNodeService(settings, {
    ...{ digestEngine: options.digestEngine, repositories: options.repositories, warn: options.warn },
    ...{ graceMs: options.graceMs, policy: await policyOf(options), queuesWork: workers !== 1 },
    onBackgroundError: (error, { action, resourceId, requestId }) => {
      metrics?.noteFailure(action, error);
      onError(error, { what: action, resourceId, requestId });
    },
  });
  try {
    metrics = await metricsOf(service, options);
    const answer = createApi({
      ...{ service, authenticator, clock: nodeClock, hostName: hostname(), page },
      ...{ availabilityZone: settings.availabilityZone, publicEndpoint: options.publicEndpoint },
      requestsPerMinute: options.requestsPerMinute,
      residentMemory: () => process.memoryUsage.rss(),
      onRequest(record) {
        metrics?.noteRequest(record);
        audit?.note(record);
        note(record, options);
      },
    } satisfies ApiOptions);
    const handler = withMetrics(answer, metrics);
    const server = await startImageServer(handler, { host, port, tls, isLocalOnly: isLocal && isOpen });
    try {
      await onListening(server.url);
      await service.resume();
      if (workers > 1) processes = await startWorkers(workers, options);
      await untilAborted(signal);
    } finally {
      await server.close();
    }
  } finally {
    await Promise.all([service.close(), processes?.stop()]);
    await audit?.close();
  }
}

/** The options with their reports as lines of JSON, where those are wanted. */
async function withReports(options: ServeApiOptions): Promise<ServeApiOptions> {
  if (options.writeJson === undefined) return options;
  const { jsonReports } = await import("./api-log.js");
  return { ...options, ...jsonReports(options.writeJson, options) };
}

async function auditLogOf({ auditLog: path, warn }: ServeApiOptions): Promise<AuditLog | undefined> {
  if (path === undefined) return undefined;
  const { AuditLog } = await import("./audit-log.js");
  return await AuditLog.open(path, () => nodeClock.now(), warn);
}

async function startWorkers(
  count: number,
  { settingsWords, graceMs, warn }: ServeApiOptions,
): Promise<WorkerProcesses> {
  const { WorkerProcesses } = await import("../worker-processes.js");
  return new WorkerProcesses({ count, settingsWords, graceMs, warn });
}

async function metricsOf(service: Service, { hasMetrics }: ServeApiOptions): Promise<ApiMetrics | undefined> {
  if (!hasMetrics) return undefined;
  const { ApiMetrics } = await import("./api-metrics.js");
  return new ApiMetrics(service.monitor());
}

function withMetrics(answer: ApiHandler, metrics: ApiMetrics | undefined): ApiHandler {
  if (metrics === undefined) return answer;
  return async (request) => {
    const isAsked = request.method === "GET" && new URL(request.url).pathname === "/metrics";
    return await (isAsked ? metrics.respond() : answer(request));
  };
}

/** Rules without an effect are worth a warning: they may be misspelt. */
async function policyOf({ policy: file, warn }: ServeApiOptions): Promise<Partial<Policy> | undefined> {
  if (file === undefined) return undefined;
  const { parsePolicyFile } = await import("../../api/policy-file.js");
  const { policy, unused } = parsePolicyFile(file.text, file.path);
  if (unused.length > 0) warn(`policy file "${file.path}" has rules without an effect: ${unused.join(", ")}`);
  return policy;
}

async function authenticatorOf(auth: ServeApiOptions["auth"]): Promise<Authenticator> {
  switch (auth.kind) {
    case "noauth":
      return noAuthentication;
    case "tokens":
      return await tokenAuthentication(auth.tokens);
    case "keystone":
      return new KeystoneAuthentication({ credentials: auth.credentials, clock: nodeClock });
  }
}

/** Prints a line for each request, and the reason of each internal failure. */
function note(record: RequestRecord, { onRequest, onError }: ServeApiOptions): void {
  const { requestId, method, path, status, durationMs, caller, error } = record;
  onRequest?.({
    ...{ request_id: requestId, method, path, status, duration_ms: Math.round(durationMs) },
    ...{ user_id: caller?.userId, project_id: caller?.projectId },
  });
  if (status >= 500) onError(error, { what: `${method} ${path}`, requestId });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
