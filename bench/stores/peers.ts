/**
 * Who backs up to a store: Ashlar, real Cinder and restic, each by its own driver and with that driver's defaults, whole
 * commands. Objects have at most 50 MiB of the volume with Ashlar and Cinder, whose default that is.
 */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CodecId } from "../../src/codecs/codec.js";
import { KIB, MIB } from "../../src/units.js";
import { idOf } from "../peers/cinder.js";
import type { Command } from "../peers/command.js";
import type { Peer } from "../peers/peer.js";
import type { Site } from "../peers/site.js";
import type { StoreAddress } from "./servers.js";

const BIN: string = fileURLToPath(new URL("../../command/node/bin.js", import.meta.url));
const CINDER: string = fileURLToPath(new URL("../../../test/interop/cinder_driver.py", import.meta.url));
/** Debian's packages are for the system's interpreter. */
const PYTHON = "/usr/bin/python3";
const VOLUME_ID = "11111111-2222-4333-8444-555555555555";

export interface StorePeerOptions {
  readonly address: StoreAddress;
  /** Container or bucket, which is its alone and not there yet. */
  readonly container: string;
}

export interface CodecOptions extends StorePeerOptions {
  readonly codec: CodecId;
}

/** Cinder's options, by their names; Ashlar takes the same. */
function driverOptions({ address, container }: StorePeerOptions): Readonly<Record<string, string>> {
  if (address.kind === "swift") {
    return {
      backup_swift_auth: "single_user",
      backup_swift_auth_version: "1",
      backup_swift_auth_url: address.authUrl,
      backup_swift_user: address.user,
      backup_swift_key: address.key,
      backup_swift_container: container,
    };
  }
  return {
    backup_s3_endpoint_url: address.endpoint,
    backup_s3_store_access_key: address.accessKeyId,
    backup_s3_store_secret_key: address.secretAccessKey,
    backup_s3_store_bucket: container,
  };
}

export function ashlarPeer({ codec, ...options }: CodecOptions): Peer {
  const driver = Object.entries({ backup_driver: options.address.kind, ...driverOptions(options) });
  const environment = Object.fromEntries(
    driver.map(([name, value]) => [`ASHLAR_${name.toUpperCase()}`, value]),
  );
  const command = (site: Site, ...words: string[]): Command => ({
    argv: [
      ...[process.execPath, BIN, "--quiet", "--state-dir", join(site.live, "state")],
      ...["--option", `backup_compression_algorithm=${codec}`],
      ...words,
    ],
    environment,
  });
  const restoreWords = (site: Site, name: string): string[] => [
    ...["volume", "backup", "restore", name, restoredPath(site)],
  ];
  return {
    name: `ashlar ${codec}`,
    leavesFiles: true,
    initialise: (site) => [command(site, "volume", "create", "disk", "--source", site.volume)],
    backup: (site, { name, parent }) =>
      command(
        site,
        ...["volume", "backup", "create", "disk", "--name", name],
        ...(parent === undefined ? [] : ["--incremental"]),
      ),
    restore: (site, name) => command(site, ...restoreWords(site, name)),
    // The volume is registered by then, and its file is gone.
    restoreSynced: (site, name) => command(site, ...restoreWords(site, name), "--force"),
    restored: restoredPath,
  };
}

export function cinderPeer({
  codec,
  volumeSize,
  ...options
}: CodecOptions & { readonly volumeSize: number }): Peer {
  const repository = { driver: options.address.kind, options: driverOptions(options) };
  const command = (site: Site, operation: string, fields: object): Command => ({
    argv: [
      ...[PYTHON, "-B", CINDER, "--state", join(site.live, "state.sqlite")],
      ...[operation, JSON.stringify(fields)],
    ],
  });
  return {
    name: `cinder ${codec}`,
    leavesFiles: true,
    initialise: (site) => [command(site, "list", {})],
    backup: (site, { name, parent }) =>
      command(site, "backup", {
        repository,
        volume_file: site.volume,
        volume_id: VOLUME_ID,
        id: idOf(name),
        parent_id: parent === undefined ? null : idOf(parent),
        compression: codec,
        block_size: 32 * KIB,
        file_size: 50 * MIB,
      }),
    restore: (site, name) =>
      command(site, "restore", {
        repository,
        id: idOf(name),
        target: restoredPath(site),
        new_size: volumeSize,
      }),
    restored: restoredPath,
  };
}

/** It has no way without encryption; `--force` lets it read a file again whose time has not changed. */
export function resticPeer({ address, container }: StorePeerOptions): Peer {
  const environment: Readonly<Record<string, string>> =
    address.kind === "swift"
      ? {
          RESTIC_REPOSITORY: `swift:${container}:/`,
          ST_AUTH: address.authUrl,
          ST_USER: address.user,
          ST_KEY: address.key,
        }
      : {
          RESTIC_REPOSITORY: `s3:${address.endpoint}/${container}`,
          AWS_ACCESS_KEY_ID: address.accessKeyId,
          AWS_SECRET_ACCESS_KEY: address.secretAccessKey,
        };
  const inEnvironment = (site: Site, argv: string[]): Command => ({
    argv,
    directory: site.directory,
    environment: {
      ...environment,
      RESTIC_PASSWORD: "benchmark",
      RESTIC_CACHE_DIR: join(site.live, "cache"),
    },
  });
  const command = (site: Site, ...words: string[]): Command =>
    inEnvironment(site, ["restic", "--quiet", ...words]);
  const restored = (site: Site): string => join(site.target, "volume.raw");
  const restoreWords = (site: Site, name: string): string[] => [
    ...["restic", "--quiet", "restore", "latest", "--tag", name, "--target", site.target],
  ];
  return {
    name: "restic",
    leavesFiles: true,
    initialise: (site) => [command(site, "init")],
    backup: (site, { name }) => command(site, "backup", "--force", "--tag", name, "volume.raw"),
    restore: (site, name) => inEnvironment(site, restoreWords(site, name)),
    restoreSynced: (site, name) =>
      inEnvironment(site, [
        ...["sh", "-c", 'file=$1; shift; "$@" && exec sync "$file"', "sh"],
        ...[restored(site), ...restoreWords(site, name)],
      ]),
    restored,
  };
}

function restoredPath(site: Site): string {
  return join(site.target, "restored.raw");
}
