/** Events through a real RabbitMQ, heard by OpenStack's own listener. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { AMQPClient } from "@cloudamqp/amqp-client";
import test, { type ExecutionContext } from "ava";
import { AmqpNotifier, type AmqpOptions } from "../../src/node/notify/amqp.js";
import { Secret } from "../../src/options/secret.js";
import type { ServiceEvent } from "../../src/service/notifier.js";
import { start } from "../service/fixture.js";
import { PASSWORD, RabbitServer, USER } from "./rabbitmq-server.js";

const LISTENER: string = fileURLToPath(new URL("../../../test/stores/oslo_listener.py", import.meta.url));
const WAIT_MS = 30_000;

interface Heard {
  readonly priority: string;
  readonly context: Readonly<Record<string, unknown>>;
  readonly publisher_id: string;
  readonly event_type: string;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly metadata: { readonly message_id: string; readonly timestamp: string };
}

let rabbit: RabbitServer;
test.before(async () => {
  rabbit = await RabbitServer.start();
});
test.after.always(async () => {
  await rabbit?.stop();
});

/** Every test has an exchange and a topic of its own. */
function notifierOn(name: string, options: AmqpOptions = {}, url: string = rabbit.url): AmqpNotifier {
  const bus = { transportUrl: new Secret(url), topics: [`${name}_topic`], exchange: name, isEnveloped: true };
  return new AmqpNotifier(bus, options);
}

function eventOf(index: number, priority: ServiceEvent["priority"] = "INFO"): ServiceEvent {
  return {
    message_id: `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`,
    publisher_id: "backup.here",
    event_type: "backup.create.start",
    priority,
    timestamp: "2026-11-22 18:56:25.107000",
    payload: { backup_id: `b-${index}`, tenant_id: "p1", user_id: "olga" },
  };
}

/** What the listener hears, in order. */
async function listen(t: ExecutionContext, name: string): Promise<Heard[]> {
  const args = ["-B", LISTENER, rabbit.url, name, `${name}_topic`];
  const child: ChildProcess = spawn("/usr/bin/python3", args, { stdio: ["pipe", "pipe", "inherit"] });
  t.teardown(async () => {
    child.stdin!.end();
    if (child.exitCode === null) await once(child, "close");
  });
  const heard: Heard[] = [];
  const lines = createInterface({ input: child.stdout! });
  const first = await Promise.race([once(lines, "line"), once(child, "close")]);
  if (first[0] !== '"listening"') throw new Error(`the listener ended with ${child.exitCode}`);
  lines.on("line", (line) => heard.push(JSON.parse(line) as Heard));
  return heard;
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`${what}: not in ${WAIT_MS} ms`);
    await sleep(50);
  }
}

/** A client of the tests' own, to look at what is in the broker. */
async function look<T>(work: (client: AMQPClient) => Promise<T>): Promise<T> {
  const login = `${USER}:${encodeURIComponent(PASSWORD)}`;
  const client = new AMQPClient(`amqp://${login}@127.0.0.1:${rabbit.port}`);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

/** All that waits in the queue. */
async function drain(queue: string): Promise<string[]> {
  return await look(async (client) => {
    const channel = await client.channel();
    const bodies: string[] = [];
    for (
      let message = await channel.basicGet(queue);
      message !== null;
      message = await channel.basicGet(queue)
    )
      bodies.push(message.bodyString() ?? "");
    return bodies;
  });
}

test.serial("oslo.messaging's listener hears the life of a backup", async (t) => {
  const heard = await listen(t, "life");
  const { world } = await start(t);
  const service = await world.open({ notifiers: [notifierOn("life")] });
  const { backup } = await world.backup(service, { volume: "disk", name: "one" });
  await service.deleteBackup("one");
  await service.close();
  await until("all events", () => heard.length >= 6);
  t.deepEqual(
    heard.map(({ event_type }) => event_type),
    [
      ...["backup.create.start", "backup.createprogress", "backup.createprogress", "backup.create.end"],
      ...["backup.delete.start", "backup.delete.end"],
    ],
  );
  t.like(heard[3], {
    ...{ priority: "info", publisher_id: "backup.tester" },
    context: { user_id: "admin", project_id: "admin" },
    payload: { backup_id: backup.id, status: "available", tenant_id: "admin", display_name: "one", size: 1 },
  });
  t.regex(heard[0]!.metadata.timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/);
});

test.serial(
  "what is written is the envelope of version 2; failures are in a queue of their own",
  async (t) => {
    const notifier = notifierOn("written");
    await notifier.notify(eventOf(1));
    await notifier.notify(eventOf(2, "ERROR"));
    await notifier.close();
    const [info, ...others] = await drain("written_topic.info");
    t.deepEqual(others, []);
    const envelope = JSON.parse(info!) as Record<string, string>;
    t.deepEqual(Object.keys(envelope), ["oslo.version", "oslo.message"]);
    t.is(envelope["oslo.version"], "2.0");
    t.deepEqual(JSON.parse(envelope["oslo.message"]!), {
      ...eventOf(1),
      _unique_id: eventOf(1).message_id.replaceAll("-", ""),
      ...{ _context_user_id: "olga", _context_project_id: "p1" },
    });
    t.is((await drain("written_topic.error")).length, 1);
  },
);

test.serial("an exchange and a queue that others made are taken as they are", async (t) => {
  await look(async (client) => {
    const channel = await client.channel();
    await channel.exchangeDeclare("durable", "topic", { durable: true });
    await channel.queueDeclare("durable_topic.info", { durable: true });
  });
  const notifier = notifierOn("durable", { warn: (text) => t.fail(text) });
  await notifier.notify(eventOf(1));
  await notifier.close();
  t.is((await drain("durable_topic.info")).length, 1);
});

test.serial("a login that is refused is told without the password, and holds nobody up", async (t) => {
  const warnings: string[] = [];
  const url = `rabbit://${USER}:wr0ngWORD@127.0.0.1:${rabbit.port}/`;
  const notifier = notifierOn("refused", { warn: (text) => warnings.push(text) }, url);
  const started = Date.now();
  await notifier.notify(eventOf(1));
  t.true(Date.now() - started < 100);
  await notifier.close();
  t.true(Date.now() - started < 12_000);
  t.regex(warnings[0]!, /^Cannot notify rabbit:\/\/127\.0\.0\.1:\d+: .*; events wait$/);
  t.regex(warnings.at(-1)!, /: 1 events were given up$/);
  t.false(warnings.join().includes("wr0ngWORD"));
});

test.serial("the next broker is taken where one is not there", async (t) => {
  const url = rabbit.url.replace(/^rabbit:\/\//, "rabbit://nobody:nothing@127.0.0.1:1,");
  const notifier = notifierOn("second", { pausesMs: [10] }, url);
  await notifier.notify(eventOf(1));
  await notifier.close();
  t.is((await drain("second_topic.info")).length, 1);
});

test.serial("a broker that goes away and comes back gets every event, in order; backups go on", async (t) => {
  const warnings: string[] = [];
  const notifier = notifierOn("away", { pausesMs: [200], warn: (text) => warnings.push(text) });
  await notifier.notify(eventOf(1));
  await sleep(1000);
  t.is((await drain("away_topic.info")).length, 1);
  await rabbit.stopBroker();
  const { world } = await start(t);
  const service = await world.open({ notifiers: [{ notify: (event) => notifier.notify(event) }] });
  const { backup } = await world.backup(service, { volume: "disk", name: "meanwhile" });
  t.is(backup.status, "available");
  await service.close();
  await rabbit.startBroker();
  const heard = await listen(t, "away");
  await until("what waited", () => heard.length >= 4);
  await notifier.notify(eventOf(2));
  await until("what came after", () => heard.length >= 5);
  t.deepEqual(
    heard.map(({ event_type }) => event_type),
    [
      ...["backup.create.start", "backup.createprogress", "backup.createprogress", "backup.create.end"],
      "backup.create.start",
    ],
  );
  t.is(warnings.length, 1);
  await notifier.close();
});
