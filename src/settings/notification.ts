/** The options that name a message broker for events, by oslo.messaging's names. */
import { UsageError } from "../errors.js";
import type { NotificationBus } from "../service/settings.js";
import { parseTransportUrl } from "../service/transport-url.js";
import type { Option } from "./options.js";

const SENDING = ["messagingv2", "messaging"] as const;
/** oslo.messaging's other drivers send nothing to a broker; a `cinder.conf` may name them. */
const SILENT = ["noop", "log", "test", "routing"] as const;
export type NotificationDriver = (typeof SENDING | typeof SILENT)[number];

interface NotificationOptions {
  readonly notification_driver: Option<NotificationDriver | undefined>;
  readonly notification_transport_url: Option<string | undefined>;
  readonly transport_url: Option<string | undefined>;
  readonly notification_topics: Option<string>;
  readonly control_exchange: Option<string>;
}

export const NOTIFICATION_OPTIONS: NotificationOptions = {
  notification_driver: {
    default: undefined,
    help: "messagingv2 sends events to the broker of transport_url",
    parse(text) {
      const driver = [...SENDING, ...SILENT].find((known) => known === text);
      if (driver !== undefined) return driver;
      throw new UsageError(`want one of ${[...SENDING, ...SILENT].join(", ")}`);
    },
  },
  notification_transport_url: {
    default: undefined,
    help: "broker for events alone, as transport_url; sends them by itself",
    isSecret: true,
    parse: checkUrl,
  },
  transport_url: {
    default: undefined,
    help: "message broker, rabbit://USER:PASSWORD@HOST:PORT/VHOST (not on the command line)",
    isSecret: true,
    // It is checked where it is used: what else a cinder.conf may name, such as fake:/, is none of ours.
    parse: (text) => text,
  },
  notification_topics: {
    default: "notifications",
    help: "topics of events, between commas; the routing key is TOPIC.info or TOPIC.error",
    parse: (text) => text,
  },
  control_exchange: { default: "cinder", help: "exchange of events", parse: (text) => text },
};

function checkUrl(text: string): string {
  parseTransportUrl(text);
  return text;
}

interface GivenNotification {
  readonly driver: NotificationDriver | undefined;
  readonly ownUrl: string | undefined;
  readonly sharedUrl: string | undefined;
  readonly topics: string;
  readonly exchange: string;
}

/**
 * `undefined` where no events are sent: by itself `transport_url`, which a `cinder.conf` has for Cinder's own messages,
 * sends none, as in the reference system.
 * @throws UsageError for a broker that is wanted and not named, or not by a URL that can be followed
 */
export function notificationBusOf(given: GivenNotification): NotificationBus | undefined {
  const { driver, ownUrl, sharedUrl, exchange } = given;
  const isSending =
    driver === undefined ? ownUrl !== undefined : (SENDING as readonly string[]).includes(driver);
  if (!isSending) return undefined;
  const transportUrl = ownUrl ?? sharedUrl;
  if (transportUrl === undefined)
    throw new UsageError(`Cannot use notification_driver "${driver}": want transport_url to name a broker`);
  if (ownUrl === undefined) checkShared(transportUrl);
  const topics = given.topics
    .split(",")
    .map((topic) => topic.trim())
    .filter((topic) => topic !== "");
  return { transportUrl, topics, exchange, isEnveloped: driver !== "messaging" };
}

function checkShared(url: string): void {
  try {
    parseTransportUrl(url);
  } catch (error) {
    throw new UsageError(`Cannot use transport_url: ${(error as Error).message}`);
  }
}
