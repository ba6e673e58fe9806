import { UsageError } from "../../errors.js";
import type { SinkDefinition } from "../definition.js";
import { SWIFT_PARTS_MAX, SWIFT_READ_BUFFER_SIZE, SWIFT_SERVICE } from "./defaults.js";
import { SWIFT_OPTIONS, type SwiftOptions, swiftSegmentSize } from "./options.js";
import { parseSwiftUrl, printSwiftUrl, type SwiftLocation } from "./url.js";

/** An account of OpenStack Swift. */
export const swift: SinkDefinition<SwiftOptions> = {
  name: "swift",
  service: SWIFT_SERVICE,
  schemes: ["swift:", "swift+http:"],
  options: SWIFT_OPTIONS,
  canonical: (url) => printSwiftUrl(parseSwiftUrl(url)),
  locate(url, options) {
    const location = locationOf(url, options);
    if (location.authUrl !== undefined || location.storageUrl !== undefined) return printSwiftUrl(location);
    throw new UsageError(
      "Cannot use Swift: no address is given; set backup_swift_auth_url, or give a repository swift://host/path",
    );
  },
  backupDefaults: (options) => ({
    fileSize: options.backup_swift_object_size,
    blockSize: options.backup_swift_block_size,
    container: options.backup_swift_container,
    progressTimer: options.backup_swift_enable_progress_timer,
  }),
  memory: (options) => ({
    bufferSize: swiftSegmentSize(options),
    readBufferSize: SWIFT_READ_BUFFER_SIZE,
    buffersMax: SWIFT_PARTS_MAX,
    isRemote: true,
  }),
  async open(url, options, host) {
    const { openSwift } = await import("./open.js");
    return await openSwift(url, options, host);
  },
};

/** Takes each field from the URL, or from the options if the URL lacks it. */
function locationOf(url: string | undefined, options: SwiftOptions): SwiftLocation {
  const given: SwiftLocation = url === undefined ? {} : parseSwiftUrl(url);
  const authUrl =
    given.authUrl ?? (given.storageUrl === undefined ? options.backup_swift_auth_url : undefined);
  const authVersion = given.authVersion ?? (authUrl === undefined ? undefined : versionOf(authUrl, options));
  const project =
    authVersion === "3" ? (options.backup_swift_project ?? options.backup_swift_tenant) : undefined;
  return {
    authUrl,
    authVersion,
    storageUrl: given.storageUrl ?? options.backup_swift_url?.replace(/\/+$/, "/"),
    user: given.user ?? options.backup_swift_user,
    userDomain: given.userDomain ?? options.backup_swift_user_domain,
    project: given.project ?? project,
    projectDomain: given.projectDomain ?? options.backup_swift_project_domain,
    region: given.region ?? options.backup_swift_region_name,
  };
}

/** A URL that ends with `/v3` decides; otherwise the option does. */
function versionOf(authUrl: string, options: SwiftOptions): "1" | "3" {
  return /\/v3\/?$/.test(authUrl) ? "3" : options.backup_swift_auth_version;
}
