/**
 * The address of message brokers, in oslo.messaging's form:
 * `rabbit://USER:PASSWORD@HOST:PORT,USER:PASSWORD@HOST:PORT/VHOST`. Several brokers of one cluster may be named, each
 * with its own user. The text contains passwords and is never printed.
 */
import { UsageError } from "../../errors.js";

export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

export interface Transport {
  readonly brokers: readonly Broker[];
  readonly virtualHost: string;
  /** Set by `?ssl=true`. */
  readonly isSecure: boolean;
}

const FORM = /^(?:rabbit|kombu):\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/;
const PORT = 5672;
const PORT_SECURE = 5671;
const WANTED =
  "want rabbit://USER:PASSWORD@HOST:PORT/VHOST, with several hosts between commas, in percent-encoding";

/** @throws UsageError with the expected form, without the text */
export function parseTransportUrl(text: string): Transport {
  const [, hosts = "", virtualHost = "", query = ""] = FORM.exec(text) ?? [];
  if (hosts === "") throw new UsageError(WANTED);
  const isSecure = /^(1|true|yes|on)$/i.test(new URLSearchParams(query).get("ssl") ?? "");
  const brokers = hosts.split(",").map((host) => brokerOf(host, isSecure ? PORT_SECURE : PORT));
  return { brokers, isSecure, virtualHost: decode(virtualHost) || "/" };
}

function brokerOf(text: string, usualPort: number): Broker {
  const at = text.lastIndexOf("@");
  const [user = "", ...rest] = text.slice(0, Math.max(0, at)).split(":");
  const address = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text.slice(at + 1).trim());
  if (address === null) throw new UsageError(WANTED);
  const port = address[2] === undefined ? usualPort : Number(address[2]);
  if (port < 1 || port > 65_535) throw new UsageError(WANTED);
  return {
    host: address[1]!,
    port,
    user: decode(user) || "guest",
    password: decode(rest.join(":")) || "guest",
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError(WANTED);
  }
}
