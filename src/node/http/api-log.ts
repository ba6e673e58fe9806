/** The server's reports as lines of JSON, for programs that collect logs. */
import { type Logger, pino, stdTimeFunctions } from "pino";
import type { ServeApiOptions } from "../../cli/host.js";

type Reports = Pick<ServeApiOptions, "warn" | "onError" | "onRequest" | "onListening">;

/** @param write receives whole lines, with their ends */
export function jsonReports(write: (line: string) => void, reports: Reports): Reports {
  const log: Logger = pino(
    {
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      // Names instead of pino's numbers, as journald, Loki and others show them.
      formatters: { level: (level) => ({ level }) },
    },
    { write },
  );
  return {
    async onListening(url) {
      log.info({ url }, "listening");
      await reports.onListening(url);
    },
    warn: (text) => log.warn(text),
    onError: (err, { what, requestId, resourceId }) =>
      log.error({ request_id: requestId, resource_id: resourceId, err }, what),
    onRequest: reports.onRequest && ((entry) => log.info(entry, "request")),
  };
}
