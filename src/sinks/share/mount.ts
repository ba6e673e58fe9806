/**
 * Mounts a share of a file server. An existing mount of the share is used; only a mount made here is unmounted. The
 * directory is the one that the reference system uses, `<base>/<MD5 of host:path>`, so that both find each other's
 * mounts.
 */

import { toUtf8 } from "../../bytes.js";
import { StorageError } from "../../errors.js";
import type { FileSystem, Hashes } from "../../ports.js";
import type { Sleep } from "../../sleep.js";
import { printShare, type Share } from "./url.js";

export interface MountEntry {
  readonly source: string;
  /** Directory on which it is mounted. */
  readonly target: string;
  /** Type of the file system, e.g. `nfs4`. */
  readonly type: string;
}

/** The host's operations to mount file systems. */
export interface MountHost {
  mounts(): Promise<readonly MountEntry[]>;
  /** @throws StorageError with the host's message */
  mount(request: MountRequest): Promise<void>;
  /** @throws StorageError, e.g. while it is in use */
  unmount(target: string): Promise<void>;
}

export interface MountRequest {
  readonly type: string;
  readonly source: string;
  readonly target: string;
  /** Mount options in the form of `mount -o`. */
  readonly options: string | undefined;
}

export interface MountOptions {
  readonly host: MountHost;
  readonly fileSystem: FileSystem;
  readonly hashes: Hashes;
  readonly sleep: Sleep;
  readonly share: Share;
  /** Directory in which shares are mounted, each in a directory of its own. */
  readonly base: string;
  readonly mountOptions?: string | undefined;
  /** @default {3} */
  readonly attempts?: number | undefined;
}

/** The reference system's pause between its attempts. */
const PAUSE_MS = 1000;

export class MountedShare {
  /** The directory that holds the share's content. */
  readonly root: string;
  readonly #options: MountOptions;
  #isOurs: boolean;

  /** @throws StorageError if it cannot be mounted */
  static async mount(options: MountOptions): Promise<MountedShare> {
    const existing = await findMount(options);
    if (existing !== undefined) return new MountedShare(existing, options, false);
    const target = targetOf(options);
    await options.fileSystem.makeDirectory(target);
    await mountAt(target, options);
    return new MountedShare(target, options, true);
  }

  private constructor(root: string, options: MountOptions, isOurs: boolean) {
    this.root = root;
    this.#options = options;
    this.#isOurs = isOurs;
  }

  /** Mounts the share again if it is no longer mounted. */
  async ensure(): Promise<void> {
    if (await isMounted(this.#options, this.root)) return;
    await mountAt(this.root, this.#options);
    this.#isOurs = true;
  }

  /** Unmounts the share if it was mounted here. If that fails, e.g. while others use it, it stays mounted. */
  async release(): Promise<void> {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    await this.#options.host.unmount(this.root).catch(() => undefined);
  }
}

function targetOf({ hashes, share, base }: MountOptions): string {
  const md5 = hashes.md5();
  md5.update(toUtf8(printShare(share)));
  return `${base.replace(/\/+$/, "")}/${md5.hex()}`;
}

/** The directory where the share is mounted: its own, or the operator's. */
async function findMount(options: MountOptions): Promise<string | undefined> {
  const { host, share } = options;
  const target = targetOf(options);
  const ours = (await host.mounts()).filter(({ type, source }) => isOf(share, type, source));
  return (ours.find((entry) => entry.target === target) ?? ours[0])?.target;
}

async function isMounted({ host, share }: MountOptions, target: string): Promise<boolean> {
  const mounts = await host.mounts();
  return mounts.some((entry) => entry.target === target && isOf(share, entry.type, entry.source));
}

/** Whether a mount is of `share`. `nfs4` is NFS; GlusterFS is mounted by FUSE. A volume may have a leading slash. */
function isOf(share: Share, type: string, source: string): boolean {
  if (share.protocol === "nfs" ? !/^nfs[0-9]?$/.test(type) : !/(^|\.)glusterfs$/.test(type)) return false;
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/(?<=.)\/+$/, "")
      .replace(/:\/?/, ":");
  return plain(source) === plain(printShare(share));
}

async function mountAt(target: string, options: MountOptions): Promise<void> {
  const { host, share, mountOptions, attempts = 3, sleep } = options;
  const request = { type: share.protocol, source: printShare(share), target, options: mountOptions };
  for (let attempt = 1; ; attempt++) {
    try {
      await host.mount(request);
      break;
    } catch (error) {
      // Another process may have mounted it first.
      if (await isMounted(options, target)) return;
      if (attempt >= attempts) throw error;
      await sleep(PAUSE_MS, undefined);
    }
  }
  if (await isMounted(options, target)) return;
  throw new StorageError(
    `Cannot mount ${JSON.stringify(request.source)} on ${JSON.stringify(target)}: the mount command succeeded, and it is not mounted`,
    { call: "mount" },
  );
}
