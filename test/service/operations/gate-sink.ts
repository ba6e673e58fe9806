/** A directory whose first new object waits at a gate until the gate is opened or the writer gives up. */
import { pathToFileURL } from "node:url";
import { openSink } from "../../../src/node/sink-host.js";
import { SinkLayer } from "../../../src/sinks/layers/layer.js";
import type { CreateOptions, ObjectWriter } from "../../../src/sinks/sink.js";
import type { World } from "../fixture.js";

export class GateSink extends SinkLayer {
  /** Resolves when an object waits. */
  readonly begun: Promise<void>;
  #note: () => void = () => undefined;
  #isOpen = false;

  static async open(world: World): Promise<GateSink> {
    return new this((await openSink(pathToFileURL(world.repositoryPath).href)).sink);
  }

  protected constructor(inner: SinkLayer["inner"]) {
    super(inner);
    this.begun = new Promise((resolve) => {
      this.#note = resolve;
    });
  }

  openGate(): void {
    this.#isOpen = true;
  }

  override async create(container: string, name: string, options?: CreateOptions): Promise<ObjectWriter> {
    const signal = options?.signal;
    this.#note();
    while (!this.#isOpen) {
      signal?.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return await this.inner.create(container, name, options);
  }
}
