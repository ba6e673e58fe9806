/** The open repositories of one service, each opened once. */
import type { OptionReader } from "../options/option.js";
import { sleep } from "../sleep.js";
import type { OpenedSink } from "./definition.js";
import type { SinkHost } from "./host.js";
import { ByteBucket } from "./layers/bandwidth.js";
import type { SinkEvent } from "./layers/log.js";
import { openLocated } from "./open.js";
import type { SinkOptions } from "./option-reader.js";
import type { ObjectSink } from "./sink.js";

/** Settings for every repository that the service opens. */
export interface RepositorySettings {
  /** @default {every option's default} */
  readonly options?: SinkOptions | OptionReader | undefined;
  /** Bytes per second, for all operations together. @default {no limit} */
  readonly limitUpload?: number | undefined;
  readonly limitDownload?: number | undefined;
  /** Puts a layer around the sink of the repository with that canonical URL. @default {none} */
  readonly wrap?: ((sink: ObjectSink, url: string) => Promise<ObjectSink>) | undefined;
  /** Called after each call of a repository. */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}

export class Repositories {
  readonly #options: SinkOptions | OptionReader;
  readonly #host: SinkHost;
  readonly #wrap: RepositorySettings["wrap"];
  readonly #opened = new Map<string, Promise<OpenedSink>>();

  constructor(settings: RepositorySettings, host: SinkHost) {
    const { options = {}, limitUpload, limitDownload, wrap, onRequest } = settings;
    this.#options = options;
    this.#wrap = wrap;
    const buckets = { upload: bucketOf(limitUpload, host), download: bucketOf(limitDownload, host) };
    this.#host = { ...host, buckets, onRequest };
  }

  /** @param url canonical */
  async open(url: string): Promise<ObjectSink> {
    let opened = this.#opened.get(url);
    if (opened === undefined) {
      opened = this.#open(url);
      this.#opened.set(url, opened);
      // A failed opening may be tried again.
      opened.catch(() => this.#opened.delete(url));
    }
    return (await opened).sink;
  }

  async #open(url: string): Promise<OpenedSink> {
    const opened = await openLocated(url, this.#options, this.#host);
    if (this.#wrap === undefined) return opened;
    try {
      return { ...opened, sink: await this.#wrap(opened.sink, url), close: () => opened.close() };
    } catch (error) {
      await opened.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#opened.values());
    this.#opened.clear();
    for (const each of all) if (each.status === "fulfilled") await each.value.close();
  }
}

function bucketOf(rate: number | undefined, { clock }: SinkHost): ByteBucket | undefined {
  return rate === undefined ? undefined : new ByteBucket(rate, { clock, sleep });
}
