/**
 * Events for RabbitMQ, in the format of OpenStack's services: oslo.messaging's envelope to a topic exchange, and a
 * queue with the same name as the routing key, `notifications.info`. Both are declared if missing.
 *
 *     notify: put the event into the queue, which is bounded, and return
 *     pump:   connect; publish; wait for the broker's confirmation; on failure connect again, to the next broker
 *
 * Only `close` waits for a broker, for a short time. An event that was published but not confirmed is published again
 * with the same `_unique_id`, so that oslo.messaging's listeners can ignore the duplicate.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AMQPChannel, AMQPClient } from "@cloudamqp/amqp-client";
import { type Broker, parseTransportUrl, type Transport } from "../../service/events/transport-url.js";
import type { Notifier, ServiceEvent } from "../../service/notifier.js";
import type { NotificationBus } from "../../service/settings.js";

export interface AmqpTimes {
  /** Timeout of a connection, and of a confirmation. @default {5000} */
  readonly answerMs?: number;
  /** Pauses between attempts to connect; the last one repeats. @default {[500, 2000, 10000, 30000]} */
  readonly pausesMs?: readonly number[];
  /** How long `close` waits for the remaining events. @default {4500} */
  readonly closeMs?: number;
}

export interface AmqpOptions extends AmqpTimes {
  /** The most waiting events; beyond it the oldest are dropped. @default {1000} */
  readonly waitingMax?: number;
  /** Receives a sentence without secrets if no broker can be reached, and with the number of dropped events. */
  readonly warn?: ((text: string) => void) | undefined;
}

const WAITING_MAX = 1000;
const ANSWER_MS = 5000;
const PAUSES_MS: readonly number[] = [500, 2000, 10_000, 30_000];
/** Less than the service's own timeout, so that lost events can still be reported. */
const CLOSE_MS = 4500;

interface Waiting {
  readonly event: ServiceEvent;
  /** Lets listeners recognize a duplicate. */
  readonly uniqueId: string;
}

interface Connection {
  readonly client: AMQPClient;
  readonly channel: AMQPChannel;
  /** Routing keys whose queue is known to exist. */
  readonly declared: Set<string>;
}

export class AmqpNotifier implements Notifier {
  readonly #bus: NotificationBus;
  readonly #transport: Transport;
  readonly #options: AmqpOptions;
  readonly #waiting: Waiting[] = [];
  readonly #end = new AbortController();
  #pumping: Promise<void> | undefined;
  #connection: Connection | undefined;
  #isClosing = false;
  /** Failed attempts since the last confirmed event. */
  #failures = 0;
  #givenUp = 0;

  /** @throws UsageError for an invalid transport URL */
  constructor(bus: NotificationBus, options: AmqpOptions = {}) {
    this.#bus = bus;
    this.#transport = parseTransportUrl(bus.transportUrl.reveal());
    this.#options = options;
  }

  /** Queues the event and resolves at once. */
  async notify(event: ServiceEvent): Promise<void> {
    this.#waiting.push({ event, uniqueId: event.message_id.replaceAll("-", "") });
    if (this.#waiting.length > (this.#options.waitingMax ?? WAITING_MAX)) {
      this.#waiting.shift();
      this.#givenUp++;
    }
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  /** Sends the remaining events, unless no broker can be reached or it takes too long. */
  async close(signal?: AbortSignal): Promise<void> {
    this.#isClosing = true;
    const stop = (): void => this.#end.abort();
    const timer = setTimeout(stop, this.#options.closeMs ?? CLOSE_MS);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    // A pump that waits for its next attempt has failed already.
    if (this.#failures > 0) this.#end.abort();
    await this.#pumping;
    this.#givenUp += this.#waiting.splice(0).length;
    if (this.#givenUp > 0) this.#warn(`${this.#givenUp} events were given up`);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined)
      await this.#answered(connection.client.close()).catch(() => drop(connection.client));
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }

  async #pump(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#end.signal.aborted) {
      const next = this.#waiting[0]!;
      try {
        this.#connection ??= await this.#connect();
        await this.#publish(this.#connection, next);
        this.#failures = 0;
        // Unless it was dropped meanwhile.
        if (this.#waiting[0] === next) this.#waiting.shift();
      } catch (error) {
        await this.#recover(error);
      }
    }
  }

  async #recover(error: unknown): Promise<void> {
    if (this.#connection !== undefined) drop(this.#connection.client);
    this.#connection = undefined;
    if (this.#failures++ === 0) this.#warn(`${(error as Error).message}; events wait`);
    // While closing, every broker of the cluster is tried only once.
    if (this.#isClosing && this.#failures >= this.#transport.brokers.length) return this.#end.abort();
    const pauses = this.#options.pausesMs ?? PAUSES_MS;
    const pauseMs = pauses[Math.min(this.#failures, pauses.length) - 1] ?? 0;
    // Without `ref`, the process can end even if the notifier was never closed.
    await sleep(pauseMs, undefined, { signal: this.#end.signal, ref: false }).catch(() => undefined);
  }

  async #connect(): Promise<Connection> {
    const { brokers, isSecure, virtualHost } = this.#transport;
    const broker = brokers[this.#failures % brokers.length]!;
    // Loaded late, because most services have no broker.
    const { AMQPClient } = await import("@cloudamqp/amqp-client");
    const client = new AMQPClient(urlOf(broker, isSecure, virtualHost));
    // The pending call is rejected with the error; by default the client would also print it.
    client.onerror = () => undefined;
    try {
      await this.#answered(client.connect());
      const channel = await this.#answered(client.channel());
      await this.#answered(channel.confirmSelect());
      return { client, channel, declared: new Set() };
    } catch (error) {
      drop(client);
      throw error;
    }
  }

  async #publish(connection: Connection, { event, uniqueId }: Waiting): Promise<void> {
    const { exchange, topics, isEnveloped } = this.#bus;
    const message = { ...event, _unique_id: uniqueId, ...contextOf(event) };
    const text = JSON.stringify(message);
    const body = isEnveloped ? JSON.stringify({ "oslo.version": "2.0", "oslo.message": text }) : text;
    const properties = { contentType: "application/json", contentEncoding: "utf-8", deliveryMode: 2 };
    for (const topic of topics) {
      const routingKey = `${topic}.${event.priority.toLowerCase()}`;
      if (!connection.declared.has(routingKey)) {
        await this.#declare(connection.client, routingKey);
        connection.declared.add(routingKey);
      }
      await this.#answered(connection.channel.basicPublish(exchange, routingKey, body, properties));
    }
  }

  /**
   * Declares exchange and queue. Existing ones are used unchanged, because others may have made them durable or not. A
   * queue without readers keeps the events, as with oslo.messaging.
   */
  async #declare(client: AMQPClient, routingKey: string): Promise<void> {
    const { exchange } = this.#bus;
    const transient = { durable: false, autoDelete: false };
    await this.#unlessThere(client, async (channel, passive) => {
      await channel.exchangeDeclare(exchange, "topic", passive ? { passive } : transient);
    });
    await this.#unlessThere(client, async (channel, passive) => {
      await channel.queueDeclare(routingKey, passive ? { passive } : transient);
    });
    const channel = await this.#answered(client.channel());
    await this.#answered(channel.queueBind(routingKey, exchange, routingKey));
    await this.#answered(channel.close());
  }

  /** Declares unless it exists. A failed passive declaration closes its channel, so each attempt has its own. */
  async #unlessThere(
    client: AMQPClient,
    declare: (channel: AMQPChannel, passive: boolean) => Promise<void>,
  ): Promise<void> {
    for (const passive of [true, false]) {
      const channel = await this.#answered(client.channel());
      try {
        await this.#answered(declare(channel, passive));
        return await this.#answered(channel.close());
      } catch (error) {
        if (!passive || client.closed) throw error;
      }
    }
  }

  /** @throws Error when the answer takes too long, or the notifier ends before */
  async #answered<T>(answer: Promise<T>): Promise<T> {
    const answered = new AbortController();
    const signal = AbortSignal.any([answered.signal, this.#end.signal]);
    const answerMs = this.#options.answerMs ?? ANSWER_MS;
    const timeout = sleep(answerMs, undefined, { signal })
      .catch(() => undefined)
      .then(() => Promise.reject(new Error(`no answer in ${answerMs} ms`)));
    try {
      return await Promise.race([answer, timeout]);
    } finally {
      answered.abort();
    }
  }

  #warn(text: string): void {
    const hosts = this.#transport.brokers.map(({ host, port }) => `${host}:${port}`).join(", ");
    this.#options.warn?.(`Cannot notify rabbit://${hosts}: ${text}`);
  }
}

/** Closes without a handshake; calls that wait on the connection are rejected. */
function drop(client: AMQPClient): void {
  client.closed = true;
  client.socket?.destroy();
}

function urlOf({ host, port, user, password }: Broker, isSecure: boolean, virtualHost: string): string {
  const [name, secret, path] = [user, password, virtualHost].map(encodeURIComponent);
  return `${isSecure ? "amqps" : "amqp"}://${name}:${secret}@${host}:${port}/${path}`;
}

/** User and project of the event, as context for oslo.messaging's listeners. */
function contextOf({ payload }: ServiceEvent): Readonly<Record<string, unknown>> {
  return { _context_user_id: payload.user_id ?? null, _context_project_id: payload.tenant_id ?? null };
}
