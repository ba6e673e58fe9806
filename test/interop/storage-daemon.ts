/** A qemu-storage-daemon with a qcow2 image, which it exports over NBD with a dirty bitmap. */
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { createConnection, type Socket } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { ExecutionContext } from "ava";
import { run, startDaemon, untilReady } from "../stores/daemon.js";

/** The name of the bitmap. */
export const BITMAP = "b0";
const DISK = { node: "disk", name: BITMAP };

export class StorageDaemon {
  readonly url: string;
  /** Path of the image. */
  readonly image: string;
  readonly #monitor: Monitor;

  /** A daemon with a new image of zeros, whose bitmap records every write. It ends with the test. */
  static async start(t: ExecutionContext, directory: string, size: number): Promise<StorageDaemon> {
    const [image, socket, control] = ["disk.qcow2", "nbd.sock", "monitor.sock"].map((name) =>
      join(directory, name),
    );
    await run("qemu-img", ["create", "-q", "-f", "qcow2", image!, String(size)]);
    const daemon = startDaemon("qemu-storage-daemon", [
      ...["--blockdev", `driver=file,node-name=file,filename=${image}`],
      ...["--blockdev", "driver=qcow2,node-name=disk,file=file,discard=unmap"],
      ...["--nbd-server", `addr.type=unix,addr.path=${socket},max-connections=0`],
      ...[
        "--chardev",
        `socket,id=monitor,path=${control},server=on,wait=off`,
        "--monitor",
        "chardev=monitor",
      ],
    ]);
    t.teardown(() => daemon.stop());
    const isThere = async (path: string): Promise<boolean> => (await stat(path)).isSocket();
    await untilReady(
      "qemu-storage-daemon",
      async () => (await isThere(control!)) && (await isThere(socket!)),
      {
        daemon,
        timeoutMs: 20_000,
      },
    );
    const monitor = await Monitor.open(control!);
    t.teardown(() => monitor.close());
    const started = new StorageDaemon(`nbd+unix:///disk?socket=${socket}`, image!, monitor);
    await started.#export();
    return started;
  }

  private constructor(url: string, image: string, monitor: Monitor) {
    this.url = url;
    this.image = image;
    this.#monitor = monitor;
  }

  /** Replaces the bitmap by a new one, as a rotation does: what was written before is forgotten. */
  async replaceBitmap(): Promise<void> {
    const ended = this.#monitor.event("BLOCK_EXPORT_DELETED");
    await this.#monitor.execute("block-export-del", { id: "export", mode: "hard" });
    await ended;
    await this.#monitor.execute("block-dirty-bitmap-remove", DISK);
    await this.#export();
  }

  async #export(): Promise<void> {
    await this.#monitor.execute("block-dirty-bitmap-add", { ...DISK, persistent: false });
    await this.#monitor.execute("block-export-add", {
      ...{ type: "nbd", id: "export", "node-name": "disk", name: "disk" },
      ...{ writable: true, bitmaps: [BITMAP] },
    });
  }
}

interface Message {
  readonly QMP?: unknown;
  readonly event?: string;
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** QEMU's machine protocol: a line of JSON for each message. */
class Monitor {
  readonly #socket: Socket;
  readonly #waiting: { isMeant(message: Message): boolean; take(message: Message): void }[] = [];

  static async open(path: string): Promise<Monitor> {
    const monitor = new Monitor(createConnection(path));
    await monitor.#next(({ QMP }) => QMP !== undefined);
    await monitor.execute("qmp_capabilities", {});
    return monitor;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket }).on("line", (line) => {
      const message = JSON.parse(line) as Message;
      const index = this.#waiting.findIndex(({ isMeant }) => isMeant(message));
      if (index >= 0) this.#waiting.splice(index, 1)[0]!.take(message);
    });
  }

  /** @throws Error with the daemon's reason */
  async execute(command: string, args: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = this.#next(({ return: value, error }) => value !== undefined || error !== undefined);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args })}\n`);
    const { error } = await answer;
    if (error !== undefined) throw new Error(`${command}: ${error.desc}`);
  }

  /** Resolves when the next event of that name has come. */
  async event(name: string): Promise<void> {
    await this.#next(({ event }) => event === name);
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.destroy();
    await closed;
  }

  #next(isMeant: (message: Message) => boolean): Promise<Message> {
    return new Promise((take) => this.#waiting.push({ isMeant, take }));
  }
}
