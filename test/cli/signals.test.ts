import test from "ava";
import type { StopSignal } from "../../src/cli/host.js";
import { CancelledError } from "../../src/errors.js";
import { FakeHost } from "./fake-host.js";
import { FakeService, FULL } from "./fake-service.js";

/** A service whose backups run until they are cancelled, and then take a moment to end in order. */
function slowService(): FakeService {
  const service = new FakeService();
  service.createBackup = async ({ signal }) => {
    await new Promise<void>((resolve) => signal!.addEventListener("abort", () => resolve()));
    await new Promise((resolve) => setTimeout(resolve, 5));
    throw signal!.reason;
  };
  return service;
}

async function started(host: FakeHost): Promise<void> {
  while (host.opened === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setTimeout(resolve, 1));
}

const CODES: readonly [StopSignal, number][] = [
  ["SIGHUP", 129],
  ["SIGINT", 130],
  ["SIGTERM", 143],
];

for (const [signal, code] of CODES) {
  test(`${signal} cancels the run, waits for its end, and gives ${code}`, async (t) => {
    const service = slowService();
    const host = new FakeHost(service);
    const running = host.run("volume", "backup", "create", "system");
    await started(host);
    host.send(signal);
    t.is(host.exitCode, undefined);
    t.false(service.isClosed);
    t.is(await running, code);
    t.true(service.isClosed);
    t.is(host.talk, `ashlar: Stopped by ${signal}\n`);
    t.is(host.data, "");
    t.deepEqual(host.signalListeners, []);
  });

  test(`a second ${signal} ends the process at once`, async (t) => {
    const host = new FakeHost(slowService());
    const running = host.run("volume", "backup", "create", "system");
    await started(host);
    host.send("SIGINT");
    host.send(signal);
    t.is(host.exitCode, code);
    await running;
  });
}

test("the run is aborted with the reason that the service is to give", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  let reason: unknown;
  service.verifyBackup = async ({ signal }) => {
    host.send("SIGTERM");
    reason = signal!.reason;
    throw reason;
  };
  t.is(await host.run("volume", "backup", "verify", "x"), 143);
  t.true(reason instanceof CancelledError);
});

test("a signal before the service is open ends the command before any work", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  const open = host.openService.bind(host);
  host.openService = async (...given) => {
    host.send("SIGINT");
    return await open(...given);
  };
  t.is(await host.run("volume", "backup", "create", "system"), 130);
  t.deepEqual(service.calls, []);
  t.true(service.isClosed);
});

test("a signal that comes too late to stop the work does not deny it", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  service.createBackup = async () => {
    host.send("SIGINT");
    return FULL;
  };
  t.is(await host.run("volume", "backup", "create", "system", "-f", "value", "-c", "name"), 0);
  t.is(host.data, "monday\n");
});

test("a signal between two deletions keeps the second from happening", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  service.deleteVolume = async (name) => {
    host.send("SIGTERM");
    return await FakeService.prototype.deleteVolume.call(service, name);
  };
  t.is(await host.run("volume", "delete", "a", "b"), 143);
  t.deepEqual(
    service.calls.map(({ argument }) => argument),
    ["a"],
  );
});
