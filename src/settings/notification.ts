/** The options that name a message broker for events, by oslo.messaging's names. */
import { UsageError } from "../errors.js";
import type { OptionTable } from "../options/option.js";
import { Secret } from "../options/secret.js";
import { parseChoice, secret, textOr } from "../options/values.js";
import { parseTransportUrl } from "../service/events/transport-url.js";
import type { NotificationBus } from "../service/settings.js";

const SENDING = ["messagingv2", "messaging"] as const;
/** oslo.messaging's other drivers, which send nothing to a broker; a `cinder.conf` may name them. */
const SILENT = ["noop", "log", "test", "routing"] as const;
export type NotificationDriver = (typeof SENDING | typeof SILENT)[number];

export interface NotificationOptions {
  readonly notification_driver: NotificationDriver | undefined;
  readonly notification_transport_url: Secret | undefined;
  readonly transport_url: Secret | undefined;
  readonly notification_topics: string;
  readonly control_exchange: string;
}

export const NOTIFICATION_OPTIONS: OptionTable<NotificationOptions> = {
  notification_driver: {
    default: undefined,
    help: "messagingv2 sends events to the broker of transport_url",
    parse: (given) => parseChoice(given, [...SENDING, ...SILENT]),
  },
  notification_transport_url: {
    default: undefined,
    help: "broker for events only, in the form of transport_url; needs no notification_driver",
    isSecret: true,
    parse(given) {
      parseTransportUrl(given);
      return new Secret(given);
    },
  },
  // It is checked only when used: a cinder.conf may name transports that Ashlar does not support, such as fake:/.
  transport_url: secret(
    "message broker, rabbit://USER:PASSWORD@HOST:PORT/VHOST (not accepted on the command line)",
  ),
  notification_topics: textOr(
    "notifications",
    "topics of events, separated by commas; the routing key is TOPIC.info or TOPIC.error",
  ),
  control_exchange: textOr("cinder", "exchange that events are published to"),
};

/**
 * The broker for events; `undefined` if no events are sent. `transport_url` alone, which a `cinder.conf` has for
 * Cinder's own messages, enables none, as in the reference system.
 * @throws UsageError for a broker that is needed and not named, or has an invalid URL
 */
export function notificationBusOf(options: NotificationOptions): NotificationBus | undefined {
  const { notification_driver: driver, notification_transport_url: ownUrl } = options;
  const isSending =
    driver === undefined ? ownUrl !== undefined : (SENDING as readonly string[]).includes(driver);
  if (!isSending) return undefined;
  const transportUrl = ownUrl ?? options.transport_url;
  if (transportUrl === undefined)
    throw new UsageError(`Cannot use notification_driver "${driver}": want transport_url to name a broker`);
  if (ownUrl === undefined) checkShared(transportUrl);
  const topics = options.notification_topics
    .split(",")
    .map((topic) => topic.trim())
    .filter((topic) => topic !== "");
  return {
    transportUrl,
    topics,
    exchange: options.control_exchange,
    isEnveloped: driver !== "messaging",
  };
}

function checkShared(url: Secret): void {
  try {
    parseTransportUrl(url.reveal());
  } catch (error) {
    throw new UsageError(`Cannot use transport_url: ${(error as Error).message}`);
  }
}
