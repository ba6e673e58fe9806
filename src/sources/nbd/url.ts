/**
 * URLs of NBD exports: `nbd://HOST[:PORT]/EXPORT` and `nbd+unix:///EXPORT?socket=PATH`, and with TLS `nbds://` and
 * `nbds+unix://`. The export's name is what follows the first slash, percent-encoded; it may be empty.
 * Source: https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md
 */
import { UsageError } from "../../errors.js";
import type { ServerAddress } from "../../ports.js";
import { DEFAULT_PORT } from "./protocol.js";

/** The parts of an NBD URL. */
export interface NbdUrl {
  readonly address: ServerAddress;
  readonly exportName: string;
  readonly usesTls: boolean;
}

const SCHEME = /^nbds?(\+[a-z]*)?:/i;
const EXPORT_NAME_MAX = 4096;

/** Whether a volume's location is meant as an NBD URL, valid or not. */
export function isNbdUrl(location: string): boolean {
  return SCHEME.test(location);
}

/** @throws UsageError that names the URL and the accepted values; never with a password of the URL in its message */
export function parseNbdUrl(text: string): NbdUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw refusal(text, "it is no URL");
  if (url.username !== "" || url.password !== "")
    throw new UsageError(
      `Cannot use an NBD URL of ${url.host} with a user: NBD has no users; want nbd://HOST/EXPORT`,
    );
  if (url.hash !== "") throw refusal(text, 'it has a fragment; write "#" in an export\'s name as %23');
  const exportName = decoded(text, url.pathname.replace(/^\//, ""));
  if (exportName.length > EXPORT_NAME_MAX)
    throw refusal(text, `the export's name is longer than ${EXPORT_NAME_MAX} characters`);
  switch (url.protocol) {
    case "nbd:":
    case "nbds:":
      return { address: tcpAddress(text, url), exportName, usesTls: url.protocol === "nbds:" };
    case "nbd+unix:":
    case "nbds+unix:":
      return { address: unixAddress(text, url), exportName, usesTls: url.protocol === "nbds+unix:" };
    default:
      throw refusal(text, `the scheme is "${url.protocol}"`);
  }
}

function tcpAddress(text: string, url: URL): ServerAddress {
  checkParameters(text, url, []);
  if (url.hostname === "") throw refusal(text, "it names no host");
  const host = decoded(text, url.hostname).replace(/^\[(.*)\]$/, "$1");
  return { host, port: url.port === "" ? DEFAULT_PORT : Number(url.port) };
}

function unixAddress(text: string, url: URL): ServerAddress {
  checkParameters(text, url, ["socket"]);
  if (url.host !== "")
    throw refusal(text, `it names the host "${url.host}", which a Unix socket does not have`);
  const socketPath = url.searchParams.get("socket");
  if (socketPath === null || socketPath === "") throw refusal(text, "it has no socket=PATH");
  return { socketPath };
}

function checkParameters(text: string, url: URL, known: readonly string[]): void {
  const unknown = [...url.searchParams.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw refusal(text, `it has the unknown parameter "${unknown}"`);
}

function decoded(text: string, part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw refusal(text, "it has a percent sign that encodes nothing; write a percent sign as %25");
  }
}

function refusal(text: string, reason: string): UsageError {
  return new UsageError(
    `Cannot use ${JSON.stringify(text)} as an NBD URL: ${reason}; want nbd://HOST[:PORT]/EXPORT or nbd+unix:///EXPORT?socket=PATH`,
  );
}
