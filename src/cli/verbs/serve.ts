/** `ashlar serve`: the Block Storage API, for the `openstack` client and others. */
import type { Command } from "commander";
import { UsageError } from "../../errors.js";
import type { ApiAuth, FailureSubject, KeystoneDomain } from "../host.js";
import type { Invocation } from "../invocation.js";
import { collect, parseChoice, parseCount } from "./flags.js";

interface ServeFlags {
  readonly host: string;
  readonly port: string;
  readonly auth: string;
  readonly tokensFile?: string;
  readonly allowOpen?: boolean;
  readonly policy?: string;
  readonly volumeRoot?: readonly string[];
  readonly publicEndpoint?: string;
  readonly requestsPerMinute?: string;
  readonly tlsCertificate?: string;
  readonly tlsKey?: string;
  readonly logAccess?: boolean;
  readonly logFormat: string;
  readonly stopTimeout?: string;
  readonly metrics?: boolean;
  readonly ui: boolean;
  readonly auditLog?: string;
}

const AUTH_KINDS: readonly ApiAuth["kind"][] = ["noauth", "tokens", "keystone"];
const LOG_FORMATS = ["text", "json"] as const;
const PORT_MAX = 65_535;
const DEFAULT_DOMAIN = "default";

export function addServeVerb(program: Command, invocation: Invocation): void {
  program
    .command("serve")
    .description("serve the Block Storage API v3 for backups, volumes and snapshots until it is stopped")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <port>", "port to listen on; 0 for any that is free", "8776")
    .option("--auth <kind>", `how callers are authenticated: ${AUTH_KINDS.join(", ")}`, "noauth")
    .option("--tokens-file <path>", "JSON list of token, user, project and roles, for --auth tokens")
    .option("--policy <path>", "policy.yaml whose rules replace those of the default policy")
    .option("--allow-open", "allow --auth noauth on an address that other machines reach")
    .option(
      "--volume-root <path>",
      "directory whose files and devices administrators may register as volumes; may be repeated",
      collect,
    )
    .option("--public-endpoint <url>", "where links in answers begin, e.g. https://storage.example.org")
    .option("--requests-per-minute <count>", "limit on the requests of one project")
    .option("--tls-certificate <path>", "certificate chain in PEM; serves HTTPS")
    .option("--tls-key <path>", "private key in PEM")
    .option(
      "--stop-timeout <seconds>",
      "how long running operations may take to end after SIGTERM; the next start resumes what is left",
      "20",
    )
    .option("--no-ui", "do not serve the dashboard at /ui")
    .option("--metrics", "serve metrics for Prometheus at /metrics, to everyone who reaches the address")
    .option(
      "--audit-log <path>",
      "append a line of JSON for each request that changes something or is refused",
    )
    .option("--log-access", "print each request as a line of JSON on standard error")
    .option(
      "--log-format <format>",
      `format of warnings and failures on standard error: ${LOG_FORMATS.join(", ")}`,
      "text",
    )
    .action((flags: ServeFlags) => serve(flags, invocation));
}

async function serve(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const { host, signal } = invocation;
  const port = parsePort(flags.port);
  const auth = await authOf(flags, invocation);
  const policy =
    flags.policy === undefined ? undefined : { text: await read(flags.policy, host), path: flags.policy };
  const tls = await tlsOf(flags, invocation);
  const logFormat = parseChoice("--log-format", flags.logFormat, LOG_FORMATS)!;
  const requestsPerMinute = parseCount("--requests-per-minute", flags.requestsPerMinute);
  const { settings, digestEngine, repositories } = await invocation.settings();
  const volumeRoots = (flags.volumeRoot ?? []).map((path) => host.resolvePath(path));
  const { logAccess, allowOpen: allowsOpen = false, publicEndpoint } = flags;
  await host.serveApi(
    { ...settings, volumeRoots },
    {
      ...{
        host: flags.host,
        port,
        auth,
        policy,
        tls,
        allowsOpen,
        publicEndpoint,
        digestEngine,
        repositories,
        signal,
      },
      hasUi: flags.ui,
      settingsWords: invocation.settingsWords(),
      hasMetrics: flags.metrics ?? false,
      auditLog: flags.auditLog === undefined ? undefined : host.resolvePath(flags.auditLog),
      graceMs: parseCount("--stop-timeout", flags.stopTimeout)! * 1000,
      requestsPerMinute: requestsPerMinute === 0 ? undefined : requestsPerMinute,
      onListening: (url) => host.print(`${url}/v3\n`),
      onRequest: logAccess ? (entry) => host.screen.write(`${JSON.stringify(entry)}\n`) : undefined,
      onError: (error, subject) => invocation.note(`${textOf(subject)}: ${messageOf(error)}`),
      warn: (text) => invocation.note(text),
      writeJson: logFormat === "json" ? (line) => host.screen.write(line) : undefined,
    },
  );
}

function textOf({ what, resourceId, requestId }: FailureSubject): string {
  return `${resourceId === undefined ? what : `${what} ${resourceId}`} (${requestId})`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function parsePort(text: string): number {
  const port = parseCount("--port", text)!;
  if (port <= PORT_MAX) return port;
  throw new UsageError(`Cannot use --port "${text}": want a number from 0 to ${PORT_MAX}`);
}

async function authOf({ auth, tokensFile }: ServeFlags, { host }: Invocation): Promise<ApiAuth> {
  const kind = parseChoice("--auth", auth, AUTH_KINDS)!;
  if ((kind === "tokens") !== (tokensFile !== undefined))
    throw new UsageError(
      "Cannot use --tokens-file without --auth tokens, nor --auth tokens without the file",
    );
  if (kind === "noauth") return { kind };
  if (kind === "tokens") return { kind, tokens: parseTokens(await read(tokensFile!, host), tokensFile!) };
  const { environment } = host;
  const value = (name: string): string => {
    const text = environment[name];
    if (text !== undefined && text !== "") return text;
    throw new UsageError(
      `Cannot use --auth keystone: want ${name} in the environment, for the service's account`,
    );
  };
  const domain = (of: "USER" | "PROJECT"): KeystoneDomain => {
    const name = environment[`OS_${of}_DOMAIN_NAME`];
    if (name !== undefined && name !== "") return { name };
    return { id: environment[`OS_${of}_DOMAIN_ID`] || DEFAULT_DOMAIN };
  };
  const credentials = {
    authUrl: value("OS_AUTH_URL"),
    username: value("OS_USERNAME"),
    password: value("OS_PASSWORD"),
    projectName: value("OS_PROJECT_NAME"),
    userDomain: domain("USER"),
    projectDomain: domain("PROJECT"),
  };
  return { kind, credentials };
}

function parseTokens(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UsageError(`Cannot use the tokens in "${path}": want a list in JSON`);
  }
}

async function tlsOf(
  { tlsCertificate, tlsKey }: ServeFlags,
  { host }: Invocation,
): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCertificate === undefined && tlsKey === undefined) return undefined;
  if (tlsCertificate === undefined || tlsKey === undefined)
    throw new UsageError("Cannot serve HTTPS: want both --tls-certificate and --tls-key");
  return { cert: await read(tlsCertificate, host), key: await read(tlsKey, host) };
}

async function read(path: string, host: Pick<Invocation["host"], "readTextFile">): Promise<string> {
  return await host.readTextFile(path).catch((cause: unknown) => {
    throw new UsageError(`Cannot read "${path}": want a file that is there and can be read`, { cause });
  });
}
