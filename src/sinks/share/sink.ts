/**
 * A repository on a mounted share. Before a container is created or listed, the mount is checked again: after another
 * process has unmounted the share, its directory is an empty one of this machine, and backups must not go there.
 */
import type { FileSystem } from "../../ports.js";
import { SinkLayer } from "../layers/layer.js";
import { PosixSink } from "../posix/sink.js";
import type { MountedShare } from "./mount.js";

/** Objects as files on a share. */
export class ShareSink extends SinkLayer {
  readonly #mounted: MountedShare;

  constructor(
    mounted: MountedShare,
    options: {
      readonly fileSystem: FileSystem;
      readonly service: string;
      readonly createsContainers?: boolean | undefined;
    },
  ) {
    super(new PosixSink({ ...options, root: mounted.root, removesOpenFiles: false }));
    this.#mounted = mounted;
  }

  override async createContainer(container: string): Promise<void> {
    await this.#mounted.ensure();
    await super.createContainer(container);
  }

  override async *containers(): AsyncIterable<string> {
    await this.#mounted.ensure();
    yield* super.containers();
  }
}
