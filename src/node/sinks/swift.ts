import { UsageError } from "../../errors.js";
import type { HttpClient } from "../../ports.js";
import { parseFlag } from "../../sinks/option-checks.js";
import { GivenToken, type SwiftAuth } from "../../sinks/swift/auth.js";
import { Keystone, type KeystoneCredential } from "../../sinks/swift/keystone.js";
import { swiftSegmentSize } from "../../sinks/swift/options.js";
import { SwiftSink } from "../../sinks/swift/sink.js";
import { TempAuth } from "../../sinks/swift/tempauth.js";
import { parseSwiftUrl, printSwiftUrl, type SwiftLocation } from "../../sinks/swift/url.js";
import { nodeClock } from "../clock.js";
import { nodeHashes } from "../codecs/hashes.js";
import { readCertificates } from "../http/certificates.js";
import type { NodeHttpClient } from "../http/client.js";
import type { RepositoryContext, RepositoryKind } from "./kind.js";
import { remote } from "./remote.js";

type Option = RepositoryContext["option"];

/** An account of Swift. */
export const swiftKind: RepositoryKind = {
  schemes: ["swift:", "swift+http:"],
  canonical: (url) => printSwiftUrl(parseSwiftUrl(url)),
  async open(url, { settings, option, buckets }) {
    const { http, opened } = remote(await clientOf(option), {
      buckets,
      attempts: 1 + Number(option("backup_swift_retry_attempts")),
      delayMs: 1000 * Number(option("backup_swift_retry_backoff")),
      // An answer of 422 is that the bytes were changed on the way.
      temporary: [422],
    });
    const sink = new SwiftSink({
      http,
      clock: nodeClock,
      hashes: nodeHashes,
      auth: authOf(parseSwiftUrl(url), { option, http }),
      partSize: swiftSegmentSize(option),
      storagePolicy: option("backup_swift_create_storage_policy"),
      createsContainers: settings.createsContainers,
    });
    return opened(sink);
  },
};

async function clientOf(option: Option): Promise<NodeHttpClient> {
  const file = option("backup_swift_ca_cert_file");
  const { NodeHttpClient } = await import("../http/client.js");
  return new NodeHttpClient({
    ca: file === undefined ? undefined : await readCertificates("backup_swift_ca_cert_file", file),
    isInsecure: parseFlag(option("backup_swift_auth_insecure")!),
    timeoutMs: 1000 * Number(option("backup_swift_timeout")),
    names: { ca: "backup_swift_ca_cert_file", address: "backup_swift_auth_url" },
  });
}

interface AuthContext {
  readonly option: Option;
  readonly http: HttpClient;
}

function authOf(location: SwiftLocation, { option, http }: AuthContext): SwiftAuth {
  const { authUrl, authVersion, storageUrl, user } = location;
  const application = option("backup_swift_application_credential_id");
  const isSingle =
    (option("backup_swift_auth") ?? ((user ?? application) ? "single_user" : "per_user")) === "single_user";
  if (authUrl === undefined) {
    return new GivenToken({ token: wanted(option, "backup_swift_token"), storageUrl: storageUrl! });
  }
  if (authVersion === "3") return keystoneOf(location, { option, http, isSingle, application });
  if (!isSingle) {
    if (storageUrl === undefined) throw missing("backup_swift_url");
    return new GivenToken({ token: wanted(option, "backup_swift_token"), storageUrl });
  }
  if (user === undefined) throw missing("backup_swift_user");
  const key = wanted(option, "backup_swift_key");
  // A URL that waits for a project's id is Keystone's: this answer names the account itself.
  const isWhole = storageUrl !== undefined && !/[_/]$/.test(storageUrl);
  return new TempAuth({
    http,
    clock: nodeClock,
    authUrl,
    user,
    key,
    ...(isWhole ? { storageUrl } : {}),
  });
}

function keystoneOf(
  { authUrl, storageUrl, project, projectDomain, region, user, userDomain }: SwiftLocation,
  {
    option,
    http,
    isSingle,
    application,
  }: AuthContext & { readonly isSingle: boolean; readonly application: string | undefined },
): SwiftAuth {
  const [serviceType, , endpoint = "publicURL"] = option("swift_catalog_info")!.split(":");
  return new Keystone({
    http,
    clock: nodeClock,
    authUrl: authUrl!,
    credential: credentialOf(option, { isSingle, application, user, userDomain }),
    project,
    projectDomain,
    region,
    storageUrl,
    serviceType,
    interface: endpoint.replace(/URL$/, ""),
  });
}

function credentialOf(
  option: Option,
  {
    isSingle,
    application,
    user,
    userDomain,
  }: Pick<SwiftLocation, "user" | "userDomain"> & {
    readonly isSingle: boolean;
    readonly application: string | undefined;
  },
): KeystoneCredential {
  if (!isSingle) return { kind: "token", token: wanted(option, "backup_swift_token") };
  if (application !== undefined) {
    const secret = wanted(option, "backup_swift_application_credential_secret");
    return { kind: "application", id: application, secret };
  }
  if (user === undefined) throw missing("backup_swift_user");
  return { kind: "password", user, userDomain, password: wanted(option, "backup_swift_key") };
}

function wanted(option: Option, name: string): string {
  const value = option(name);
  if (value === undefined) throw missing(name);
  return value;
}

function missing(name: string): UsageError {
  return new UsageError(`Cannot use Swift: ${name} is not set`);
}
