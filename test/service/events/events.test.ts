/** What is told of backups, and to whom. */

import * as fs from "node:fs/promises";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import test, { type ExecutionContext } from "ava";
import { NodeHttpClient } from "../../../src/node/http/client.js";
import { logNotifier, webhookNotifier } from "../../../src/node/notify/open.js";
import type { ServiceEvent } from "../../../src/service/notifier.js";
import { startLoopbackServer } from "../../helpers/loopback-server.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { start } from "../fixture.js";

const EVENT: ServiceEvent = {
  message_id: "m-1",
  publisher_id: "backup.here",
  event_type: "backup.create.start",
  priority: "INFO",
  timestamp: "2026-11-22 18:56:25.107000",
  payload: { backup_id: "b" },
};

const NEVER = new AbortController().signal;
const PATIENCE = { closing: NEVER, signal: NEVER };

test("the life of a backup in events, with the reference system's payload", async (t) => {
  const { world } = await start(t);
  const events: ServiceEvent[] = [];
  const failing = { notify: () => Promise.reject(new Error("nobody there")) };
  const notifiers = [failing, { notify: async (event: ServiceEvent) => void events.push(event) }];
  const service = await world.open({ notifiers });
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  await service.restoreBackup({ backup: "one", volume: "copy" });
  await service.resetBackup("one", "error");
  await service.deleteBackup("one");
  await t.throwsAsync(world.backup(service, { volume: "disk", container: "../x" }));
  await service.close();
  t.deepEqual(world.warnings, ["nobody there; events are lost, and the work goes on"]);
  t.deepEqual(
    events.map(({ event_type }) => event_type),
    [
      "backup.create.start",
      "backup.createprogress",
      "backup.createprogress",
      "backup.create.end",
      "backup.restore.start",
      "backup.restore.end",
      "backup.reset_status.start",
      "backup.reset_status.end",
      "backup.delete.start",
      "backup.delete.end",
      "backup.create.refused",
    ],
  );
  t.like(events[0]!.payload, {
    ...{ tenant_id: "admin", user_id: "admin", availability_zone: "nova", backup_id: backup.id },
    ...{ display_name: "one", status: "creating", volume_id: backup.volumeId, size: 1, parent_id: null },
    ...{ service_metadata: backup.serviceMetadata, service: backup.service, fail_reason: null },
  });
  t.is(events[1]!.payload.backup_percent, 0);
  t.is(events[2]!.payload.backup_percent, 100);
  t.is(events[3]!.payload.status, "available");
  t.regex(events[0]!.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
});

test("without the timer progress is told at the end, and before it by objects alone", async (t) => {
  const { world } = await start(t);
  const events: ServiceEvent[] = [];
  const notifiers = [{ notify: async (event: ServiceEvent) => void events.push(event) }];
  const service = await world.open({ notifiers, settings: { progressTimer: false } });
  await world.backup(service, { volume: "disk" });
  await service.close();
  t.deepEqual(
    events.map(({ event_type, payload }) => [event_type, payload.backup_percent]),
    [
      ["backup.create.start", undefined],
      ["backup.createprogress", 100],
      ["backup.create.end", undefined],
    ],
  );
});

test("a log gets one line for each event", async (t) => {
  const directory = await temporaryDirectory(t);
  const notifier = logNotifier(join(directory, "events.jsonl"));
  await notifier.notify(EVENT, PATIENCE);
  await notifier.notify({ ...EVENT, message_id: "m-2" }, PATIENCE);
  const lines = (await fs.readFile(join(directory, "events.jsonl"), "utf8")).trimEnd().split("\n");
  t.deepEqual(
    lines.map((line) => (JSON.parse(line) as ServiceEvent).message_id),
    ["m-1", "m-2"],
  );
});

async function hook(t: ExecutionContext, answers: number[]): Promise<{ url: string; got: ServiceEvent[] }> {
  const got: ServiceEvent[] = [];
  const server = await startLoopbackServer(async (request, response) => {
    got.push((await json(request)) as ServiceEvent);
    response.writeHead(answers.shift() ?? 204).end();
  });
  t.teardown(() => server[Symbol.asyncDispose]());
  return { url: `${server.url}/`, got };
}

const ANSWERS: readonly [title: string, answers: number[], attempts: number, message: RegExp | undefined][] =
  [
    ["taken", [204], 1, undefined],
    ["taken after an error and a limit", [503, 429, 200], 3, undefined],
    ["refused", [404], 1, /answered 404$/],
    ["never taken", [500, 500, 500], 3, /answered 500$/],
  ];
for (const [title, answers, attempts, message] of ANSWERS) {
  test(`a webhook: ${title}`, async (t) => {
    const { url, got } = await hook(t, [...answers]);
    const http = new NodeHttpClient();
    t.teardown(() => http.close());
    const told = webhookNotifier(url, { http, pausesMs: [1, 1] }).notify(EVENT, PATIENCE);
    if (message === undefined) await told;
    else await t.throwsAsync(told, { message });
    t.deepEqual(
      got,
      Array.from({ length: attempts }, () => EVENT),
    );
  });
}
