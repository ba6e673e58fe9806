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
  /** Called after each call of a repository. */
  readonly onRequest?: ((event: SinkEvent) => void) | undefined;
}

export class Repositories {
  readonly #options: SinkOptions | OptionReader;
  readonly #host: SinkHost;
  readonly #opened = new Map<string, Promise<OpenedSink>>();

  constructor({ options = {}, limitUpload, limitDownload, onRequest }: RepositorySettings, host: SinkHost) {
    this.#options = options;
    const buckets = { upload: bucketOf(limitUpload, host), download: bucketOf(limitDownload, host) };
    this.#host = { ...host, buckets, onRequest };
  }

  /** @param url canonical */
  async open(url: string): Promise<ObjectSink> {
    let opened = this.#opened.get(url);
    if (opened === undefined) {
      opened = openLocated(url, this.#options, this.#host);
      this.#opened.set(url, opened);
      // A failed opening may be tried again.
      opened.catch(() => this.#opened.delete(url));
    }
    return (await opened).sink;
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
