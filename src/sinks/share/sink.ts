/**
 * A repository on a mounted share. The mount is checked again before a container is created or containers are listed:
 * once another process has unmounted the share, its directory is an empty local one, where no backup must go.
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
