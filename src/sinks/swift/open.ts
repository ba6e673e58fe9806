import { UsageError } from "../../errors.js";
import type { HttpClient } from "../../ports.js";
import type { OpenedSink } from "../definition.js";
import type { SinkHost } from "../host.js";
import { remote } from "../http/remote.js";
import { readCertificates } from "../option-file.js";
import { GivenToken, type SwiftAuth } from "./auth.js";
import { Keystone, type KeystoneCredential } from "./keystone.js";
import { type SwiftOptions, swiftSegmentSize } from "./options.js";
import { SwiftSink } from "./sink.js";
import { TempAuth } from "./tempauth.js";
import { parseSwiftUrl, type SwiftLocation } from "./url.js";

export async function openSwift(url: string, options: SwiftOptions, host: SinkHost): Promise<OpenedSink> {
  const { http, opened } = remote(await clientOf(options, host), {
    host,
    attempts: 1 + options.backup_swift_retry_attempts,
    retryAfterMsMax: 1000 * options.backup_retry_after_max,
    delayMs: 1000 * options.backup_swift_retry_backoff,
    // 422 means that the bytes were changed in transit.
    temporary: [422],
  });
  const sink = new SwiftSink({
    http,
    clock: host.clock,
    hashes: host.hashes,
    auth: authOf({ location: parseSwiftUrl(url), options, http, host }),
    partSize: swiftSegmentSize(options),
    storagePolicy: options.backup_swift_create_storage_policy,
    createsContainers: options.backup_create_containers,
  });
  return opened(sink);
}

async function clientOf(options: SwiftOptions, host: SinkHost): Promise<HttpClient> {
  return await host.http({
    ca: await readCertificates("backup_swift_ca_cert_file", options.backup_swift_ca_cert_file, host),
    isInsecure: options.backup_swift_auth_insecure,
    timeoutMs: 1000 * options.backup_swift_timeout,
    names: { ca: "backup_swift_ca_cert_file", address: "backup_swift_auth_url" },
  });
}

interface AuthContext {
  readonly location: SwiftLocation;
  readonly options: SwiftOptions;
  readonly http: HttpClient;
  readonly host: SinkHost;
}

function authOf(context: AuthContext): SwiftAuth {
  const { location, options, http, host } = context;
  const { authUrl, authVersion, storageUrl, user } = location;
  if (authUrl === undefined)
    return new GivenToken({ token: wanted(options, "backup_swift_token"), storageUrl: storageUrl! });
  if (authVersion === "3") return keystoneOf(context);
  if (!isSingleUser(context)) {
    if (storageUrl === undefined) throw missing("backup_swift_url");
    return new GivenToken({ token: wanted(options, "backup_swift_token"), storageUrl });
  }
  if (user === undefined) throw missing("backup_swift_user");
  // A URL without its project's id is for Keystone; TempAuth's answer names the account itself.
  const isWhole = storageUrl !== undefined && !/[_/]$/.test(storageUrl);
  return new TempAuth({
    http,
    clock: host.clock,
    authUrl,
    user,
    key: wanted(options, "backup_swift_key"),
    ...(isWhole ? { storageUrl } : {}),
  });
}

function isSingleUser({ location, options }: AuthContext): boolean {
  const isNamed = (location.user ?? options.backup_swift_application_credential_id) !== undefined;
  return (options.backup_swift_auth ?? (isNamed ? "single_user" : "per_user")) === "single_user";
}

function keystoneOf(context: AuthContext): SwiftAuth {
  const { location, options, http, host } = context;
  const { authUrl, storageUrl, project, projectDomain, region } = location;
  return new Keystone({
    http,
    clock: host.clock,
    authUrl: authUrl!,
    credential: credentialOf(context),
    ...{ project, projectDomain, region, storageUrl },
    ...options.swift_catalog_info,
  });
}

function credentialOf(context: AuthContext): KeystoneCredential {
  const { location, options } = context;
  if (!isSingleUser(context)) return { kind: "token", token: wanted(options, "backup_swift_token") };
  const id = options.backup_swift_application_credential_id;
  if (id !== undefined)
    return { kind: "application", id, secret: wanted(options, "backup_swift_application_credential_secret") };
  const { user, userDomain } = location;
  if (user === undefined) throw missing("backup_swift_user");
  return { kind: "password", user, userDomain, password: wanted(options, "backup_swift_key") };
}

function wanted<Name extends keyof SwiftOptions>(
  options: SwiftOptions,
  name: Name,
): NonNullable<SwiftOptions[Name]> {
  const value = options[name];
  if (value === undefined || value === null) throw missing(name);
  return value;
}

function missing(name: string): UsageError {
  return new UsageError(`Cannot use Swift: ${name} is not set`);
}
