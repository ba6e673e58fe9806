/** The notifier where there is no broker, or none that answers: it holds nobody up, and says no secret. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import test, { type ExecutionContext } from "ava";
import { UsageError } from "../../../src/errors.js";
import { AmqpNotifier, type AmqpOptions } from "../../../src/node/notify/amqp.js";
import { Secret } from "../../../src/options/secret.js";
import { parseTransportUrl } from "../../../src/service/events/transport-url.js";
import type { ServiceEvent } from "../../../src/service/notifier.js";

const EVENT: ServiceEvent = {
  message_id: "m-1",
  publisher_id: "backup.here",
  event_type: "backup.create.start",
  priority: "INFO",
  timestamp: "2026-11-22 18:56:25.107000",
  payload: { backup_id: "b" },
};

async function silentServer(t: ExecutionContext): Promise<{ server: Server; port: number; count(): number }> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    t.teardown(() => socket.destroy());
    socket.on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => server.close());
  return { server, port: (server.address() as AddressInfo).port, count: () => connections };
}

function notifierTo(port: number, options: AmqpOptions): AmqpNotifier {
  const transportUrl = new Secret(`rabbit://ashlar:t0pSECRET@127.0.0.1:${port}/vault`);
  return new AmqpNotifier({ transportUrl, topics: ["n"], exchange: "cinder", isEnveloped: true }, options);
}

test("a broker that is not there is told once, without the password; close does not wait for it", async (t) => {
  const { server, port } = await silentServer(t);
  server.close();
  const warnings: string[] = [];
  const notifier = notifierTo(port, { warn: (text) => warnings.push(text), pausesMs: [5] });
  for (let i = 0; i < 3; i++) await notifier.notify(EVENT);
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  await notifier.close();
  t.is(warnings.length, 2);
  t.regex(warnings[0]!, /^Cannot notify rabbit:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED.*; events wait$/);
  t.regex(warnings[1]!, /: 3 events were given up$/);
  t.false(warnings.join().includes("t0pSECRET"));
});

test("a broker that takes connections and says nothing is given up in time, and tried again", async (t) => {
  const { port, count } = await silentServer(t);
  const warnings: string[] = [];
  const warn = (text: string): unknown => warnings.push(text);
  const notifier = notifierTo(port, { warn, answerMs: 30, pausesMs: [1], closeMs: 100 });
  await notifier.notify(EVENT);
  while (count() < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const started = performance.now();
  await notifier.close();
  t.true(performance.now() - started < 1500);
  t.regex(warnings[0]!, /no answer in 30 ms; events wait$/);
});

test("close ends an attempt that is under way", async (t) => {
  const { port } = await silentServer(t);
  const notifier = notifierTo(port, { answerMs: 60_000, closeMs: 50 });
  await notifier.notify(EVENT);
  const started = performance.now();
  await notifier.close();
  t.true(performance.now() - started < 2000);
});

test("no more than so many events wait; the oldest go", async (t) => {
  const { port } = await silentServer(t);
  const warnings: string[] = [];
  const warn = (text: string): unknown => warnings.push(text);
  const notifier = notifierTo(port, { warn, waitingMax: 10, closeMs: 10, answerMs: 10 });
  for (let i = 0; i < 25; i++) await notifier.notify(EVENT);
  await notifier.close();
  t.regex(warnings.at(-1)!, /: 25 events were given up$/);
});

test("transport URLs as oslo.messaging has them", (t) => {
  t.deepEqual(parseTransportUrl("rabbit://u:p%40%2F@one:5673,v:q@[::1]:7,three/vault?ssl=1"), {
    brokers: [
      { host: "one", port: 5673, user: "u", password: "p@/" },
      { host: "[::1]", port: 7, user: "v", password: "q" },
      { host: "three", port: 5671, user: "guest", password: "guest" },
    ],
    virtualHost: "vault",
    isSecure: true,
  });
  t.like(parseTransportUrl("rabbit://one"), { virtualHost: "/", isSecure: false });
  t.like(parseTransportUrl("rabbit://one/%2Fodd"), { virtualHost: "/odd" });
  t.is(parseTransportUrl("rabbit://u:a:b@one/").brokers[0]?.password, "a:b");
  for (const wrong of ["", "fake:/", "rabbit://", "rabbit:///v", "http://u:hush@h", "rabbit://u:hush%@h"]) {
    const error = t.throws(() => parseTransportUrl(wrong), { instanceOf: UsageError }, wrong);
    t.false(error?.message.includes("hush"));
  }
  for (const port of ["0", "65536", "x"]) t.throws(() => parseTransportUrl(`rabbit://h:${port}/`));
});
