/** OpenStack Swift: the reference system's options, and a few for what it leaves out. */
import { UsageError } from "../../errors.js";
import { DEFAULT_BLOCK_SIZE } from "../../units.js";
import type { Driver, DriverOption, OptionLookup } from "../driver.js";
import {
  checkChoice,
  checkHttpUrl,
  PROGRESS_TIMER,
  parseBytes,
  parseCount,
  parseFlag,
  parseSize,
} from "../option-checks.js";
import { SWIFT_PART_SIZE, SWIFT_PARTS_MAX, SWIFT_READ_BUFFER_SIZE, SWIFT_SERVICE } from "./defaults.js";
import { parseSwiftUrl, printSwiftUrl, type SwiftLocation } from "./url.js";

const OPTIONS: Readonly<Record<string, DriverOption>> = {
  backup_swift_auth_url: { help: "where tokens are got: of TempAuth or Keystone", check: checkHttpUrl },
  backup_swift_auth_version: {
    default: "1",
    help: "1 for TempAuth, 3 for Keystone",
    check: (text) => checkChoice(text.replace(/^v|\.0$/g, ""), ["1", "3"]),
  },
  backup_swift_auth: {
    help: "single_user (a user of Ashlar's own) or per_user (a token that was given); by default single_user where there is a user or an application credential",
    check: (text) => checkChoice(text, ["per_user", "single_user"]),
  },
  backup_swift_url: {
    help: "the account's URL, where the catalog's is not wanted; the project's id is added where it ends with _ or /",
    check: checkHttpUrl,
  },
  backup_swift_user: { help: "user of single_user" },
  backup_swift_key: { help: "the user's password or key", isSecret: true },
  backup_swift_user_domain: { help: "domain of the user, by name" },
  backup_swift_tenant: { help: "project, where backup_swift_project is not set" },
  backup_swift_project: { help: "project whose account it is, by name or id" },
  backup_swift_project_domain: { help: "domain of the project, by name" },
  backup_swift_region_name: { help: "region of the catalog" },
  backup_swift_application_credential_id: { help: "application credential of Keystone, instead of a user" },
  backup_swift_application_credential_secret: { help: "its secret", isSecret: true },
  backup_swift_token: { help: "token of per_user", isSecret: true },
  swift_catalog_info: {
    default: "object-store:swift:publicURL",
    help: "what is looked for in the catalog: type, name (ignored) and interface",
    check(text) {
      if (!/^[^:]+:[^:]*:(public|internal|admin)(URL)?$/.test(text)) {
        throw new UsageError("want TYPE:NAME:publicURL, internalURL or adminURL");
      }
    },
  },
  backup_swift_container: { default: "volumebackups", help: "container for backups that name none" },
  backup_swift_create_storage_policy: { help: "storage policy of containers that are made" },
  backup_swift_object_size: {
    default: String(SWIFT_PART_SIZE),
    help: "most plain bytes in one object; a multiple of the block size",
    check: parseBytes,
  },
  backup_swift_block_size: {
    default: String(DEFAULT_BLOCK_SIZE),
    help: "unit in which changes are noticed",
    check: parseBytes,
  },
  backup_swift_enable_progress_timer: PROGRESS_TIMER,
  backup_swift_segment_size: {
    help: "most bytes put in one request, as 16M too; larger objects become static large objects (default: backup_swift_object_size, at most 64M)",
    check: parseSize,
  },
  backup_swift_retry_attempts: { default: "3", help: "tries after the first that fails", check: parseCount },
  backup_swift_retry_backoff: {
    default: "2",
    help: "seconds that the first wait takes at most; each further one takes up to twice as long",
    check: parseCount,
  },
  backup_swift_timeout: {
    default: "60",
    help: "seconds without a byte, after which a request fails",
    check: parseBytes,
  },
  backup_swift_ca_cert_file: { help: "file of certificates that are trusted, PEM" },
  backup_swift_auth_insecure: {
    default: "false",
    help: "whether any certificate is taken",
    check: parseFlag,
  },
};

const SEGMENT_SIZE_MAX = 64 * 1024 * 1024;

/** Of a part in memory. */
export function swiftSegmentSize(option: OptionLookup): number {
  const given = option("backup_swift_segment_size");
  if (given !== undefined) return parseSize(given);
  return Math.min(SEGMENT_SIZE_MAX, Number(option("backup_swift_object_size") ?? SWIFT_PART_SIZE));
}

/** What the URL says, and where it says nothing, what the options say. */
function locationOf(url: string | undefined, option: OptionLookup): SwiftLocation {
  const said: SwiftLocation = url === undefined ? {} : parseSwiftUrl(url);
  const authUrl =
    said.authUrl ?? (said.storageUrl === undefined ? option("backup_swift_auth_url") : undefined);
  const authVersion = said.authVersion ?? (authUrl === undefined ? undefined : versionOf(authUrl, option));
  const hasProject = authVersion === "3";
  return {
    authUrl,
    authVersion,
    storageUrl: said.storageUrl ?? option("backup_swift_url")?.replace(/\/+$/, "/"),
    user: said.user ?? option("backup_swift_user"),
    userDomain: said.userDomain ?? option("backup_swift_user_domain"),
    project:
      said.project ??
      (hasProject ? (option("backup_swift_project") ?? option("backup_swift_tenant")) : undefined),
    projectDomain: said.projectDomain ?? option("backup_swift_project_domain"),
    region: said.region ?? option("backup_swift_region_name"),
  };
}

/** A URL that ends with its version says it itself; the option's default is the other one. */
function versionOf(authUrl: string, option: OptionLookup): "1" | "3" {
  if (/\/v3\/?$/.test(authUrl)) return "3";
  return option("backup_swift_auth_version")?.includes("3") ? "3" : "1";
}

export const swiftDriver: Driver = {
  name: "swift",
  service: SWIFT_SERVICE,
  schemes: ["swift:", "swift+http:"],
  options: OPTIONS,
  objectSize: "backup_swift_object_size",
  blockSize: "backup_swift_block_size",
  progressTimer: "backup_swift_enable_progress_timer",
  container: "backup_swift_container",
  repository(url, option) {
    const location = locationOf(url, option);
    if (location.authUrl === undefined && location.storageUrl === undefined) {
      throw new UsageError(
        "Cannot use Swift: it is not said where it is; want backup_swift_auth_url, or a repository swift://host/path",
      );
    }
    return printSwiftUrl(location);
  },
  memory: (option) => ({
    bufferSize: swiftSegmentSize(option),
    buffersMax: SWIFT_PARTS_MAX,
    isRemote: true,
    readBufferSize: SWIFT_READ_BUFFER_SIZE,
  }),
};
