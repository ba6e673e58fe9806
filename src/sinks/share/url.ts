/**
 * The two spellings of a share: `host:path`, as `mount` takes it, and the repository's URL, `nfs://host/path`. An IPv6
 * address has brackets in both, because it contains colons.
 */

import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";

export type ShareProtocol = "nfs" | "glusterfs";

export interface Share {
  readonly protocol: ShareProtocol;
  /** An IPv6 address has brackets. */
  readonly host: string;
  /** NFS: a path with its leading slash. GlusterFS: a volume's name and an optional path, with or without the slash. */
  readonly path: string;
}

/** `host:path`. */
export function printShare({ host, path }: Share): string {
  return `${host}:${path}`;
}

/** @throws UsageError for anything but `host:path`, `ipv4:path` and `[ipv6]:path` */
export function shareOf(protocol: ShareProtocol, text: string): Share {
  const parts =
    /^(?<host>\[[0-9a-fA-F:.]+(?:%[\w.]+)?\]|[^\s[\]:/@?#-][^\s[\]:/@?#]*):(?<path>[^\s:][^\p{Cc}]*)$/u.exec(
      text,
    );
  const { host, path } = parts?.groups ?? {};
  if (host === undefined || path === undefined || (protocol === "nfs" && !path.startsWith("/"))) {
    const form = protocol === "nfs" ? "/path" : "volume";
    throw new UsageError(
      `Cannot use share ${JSON.stringify(shownValue(text))}: want host:${form}, ipv4:${form} or [ipv6]:${form}`,
    );
  }
  return { protocol, host: host.toLowerCase(), path: trimmed(path) };
}

/** Parses `nfs://host/path` or `glusterfs://host/volume`. @throws UsageError for another URL, or one with more parts */
export function parseShareUrl(text: string): Share {
  const [, scheme = "", host = "", path = ""] = /^([a-z]+):\/\/([^/?#@]*)(\/[^?#]*)$/i.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  if ((protocol === "nfs" || protocol === "glusterfs") && host !== "") {
    const decoded = decode(path);
    if (decoded !== undefined) {
      return shareOf(protocol, `${host}:${protocol === "nfs" ? decoded : decoded.slice(1)}`);
    }
  }
  throw new UsageError(
    `Cannot use repository ${JSON.stringify(shownValue(text))}: want a URL of the form nfs://host/path or glusterfs://host/volume, without user and query`,
  );
}

/** The canonical spelling of a share's URL. */
export function printShareUrl({ protocol, host, path }: Share): string {
  const segments = path.replace(/^\//, "").split("/").map(encodeURIComponent);
  return `${protocol}://${host}/${segments.join("/")}`;
}

function trimmed(path: string): string {
  const short = path.replace(/(?<=.)\/+$/, "");
  return short.replaceAll(/\/{2,}/g, "/");
}

/** `undefined` if a percent sign does not begin a valid escape. */
function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
