/**
 * From a repository's URL to its sink. The kinds are one line each, and what they need is loaded when one is opened:
 * starting must be quick.
 */

import { UsageError } from "../../errors.js";
import type { RepositorySettings } from "../../sinks/driver.js";
import { ByteBucket } from "../../sinks/layers/bandwidth.js";
import { LogSink } from "../../sinks/layers/log.js";
import { DRIVER_OPTIONS } from "../../sinks/registry.js";
import type { ObjectSink } from "../../sinks/sink.js";
import { sleep } from "../../sleep.js";
import { nodeClock } from "../clock.js";
import type { OpenedRepository, RepositoryContext, RepositoryKind } from "./kind.js";

/** By the schemes of their URLs. */
const KINDS: readonly (readonly [scheme: RegExp, load: () => Promise<RepositoryKind>])[] = [
  [/^file:/i, async () => (await import("./posix.js")).posixKind],
  [/^(nfs|glusterfs):/i, async () => (await import("./share.js")).shareKind],
  [/^swift(\+http)?:/i, async () => (await import("./swift.js")).swiftKind],
  [/^s3:/i, async () => (await import("./s3.js")).s3Kind],
  [/^gs:/i, async () => (await import("./gcs.js")).gcsKind],
];

async function kindOf(url: string): Promise<RepositoryKind> {
  for (const [scheme, load] of KINDS) if (scheme.test(url)) return await load();
  throw new UsageError(
    `Cannot use repository "${url.replace(/:.*$/s, ":…")}": there is no kind of this name`,
  );
}

/** The sink behind a repository's URL, for a while. @throws UsageError for what cannot be accepted */
export async function openSink(
  url: string,
  settings: RepositorySettings = { options: {} },
): Promise<ObjectSink> {
  return await new Repositories(settings).open(url);
}

/**
 * The one spelling of a repository's URL: the catalog takes backups for being in the same repository when their URLs
 * are the same text.
 * @throws UsageError for what cannot be accepted
 */
export async function canonicalRepository(url: string): Promise<string> {
  return (await kindOf(url)).canonical(url);
}

/** The repositories that one service has open, each opened once. */
export class Repositories {
  readonly #context: RepositoryContext;
  readonly #opened = new Map<string, Promise<OpenedRepository>>();

  constructor(settings: RepositorySettings) {
    const { options, limitUpload, limitDownload } = settings;
    this.#context = {
      settings,
      option: (name) => checked(name, options[name]) ?? DRIVER_OPTIONS[name]?.default,
      buckets: { upload: bucketOf(limitUpload), download: bucketOf(limitDownload) },
    };
  }

  async open(url: string): Promise<ObjectSink> {
    let opened = this.#opened.get(url);
    if (opened === undefined) {
      opened = kindOf(url).then(async (kind) => this.#logged(await kind.open(url, this.#context)));
      this.#opened.set(url, opened);
      // What failed may be tried again.
      opened.catch(() => this.#opened.delete(url));
    }
    return (await opened).sink;
  }

  #logged(opened: OpenedRepository): OpenedRepository {
    const { onRequest } = this.#context.settings;
    if (onRequest === undefined) return opened;
    return { ...opened, sink: new LogSink(opened.sink, { clock: nodeClock, log: onRequest }) };
  }

  async close(): Promise<void> {
    const all = await Promise.allSettled(this.#opened.values());
    this.#opened.clear();
    for (const each of all) if (each.status === "fulfilled") await each.value.close?.();
  }
}

/** Options of a repository that only a backup names have not been looked at before. */
function checked(name: string, text: string | undefined): string | undefined {
  const option = DRIVER_OPTIONS[name];
  if (text === undefined || option === undefined) return text;
  try {
    option.check?.(text);
    return text;
  } catch (error) {
    const shown = option.isSecret ? "" : ` "${text}"`;
    throw new UsageError(`Cannot use ${name}${shown}: ${(error as Error).message}`);
  }
}

function bucketOf(rate: number | undefined): ByteBucket | undefined {
  return rate === undefined ? undefined : new ByteBucket(rate, { clock: nodeClock, sleep });
}
