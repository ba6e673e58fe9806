/** The server's log in JSON. */
import test from "ava";
import { StorageError } from "../../../src/errors.js";
import { jsonReports } from "../../../src/node/http/api-log.js";

test("warnings, failures and requests are lines of JSON with a level and a time", async (t) => {
  const lines: string[] = [];
  const urls: string[] = [];
  const reports = jsonReports((line) => lines.push(line), {
    onListening: async (url) => void urls.push(url),
    warn: () => t.fail(),
    onError: () => t.fail(),
    onRequest: () => t.fail(),
  });
  await reports.onListening("http://localhost");
  reports.warn("something odd\nin two lines");
  const error = new StorageError("Cannot store", { call: "put", cause: new Error("reset") });
  reports.onError(error, { what: "create backup", resourceId: "b", requestId: "req-1" });
  reports.onRequest?.({ request_id: "req-2", method: "GET", status: 200 });
  t.deepEqual(urls, ["http://localhost"]);
  const entries = lines.map((line) => JSON.parse(line));
  t.true(lines.every((line) => line.indexOf("\n") === line.length - 1));
  t.like(entries[0], { level: "info", msg: "listening", url: "http://localhost" });
  t.like(entries[1], { level: "warn", msg: "something odd\nin two lines" });
  t.like(entries[2], { level: "error", msg: "create backup", request_id: "req-1", resource_id: "b" });
  t.like(entries[2].err, { type: "StorageError", message: "Cannot store: reset", code: "storage" });
  t.like(entries[3], { level: "info", msg: "request", request_id: "req-2", status: 200 });
  for (const { time } of entries) t.regex(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const silent = jsonReports(() => t.fail(), { ...reports, onRequest: undefined });
  t.is(silent.onRequest, undefined);
});
