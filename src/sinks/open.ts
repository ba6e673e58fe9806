/** From a repository's URL to its sink, on any host. What a store needs is loaded when one of its sinks is opened. */
import type { OptionReader } from "../options/option.js";
import type { OpenedSink } from "./definition.js";
import type { PathHost, SinkHost } from "./host.js";
import type { SinkOptions } from "./option-reader.js";

/**
 * Opens the repository with that URL: `s3://bucket?endpoint=https://host`, `swift://host/path`, `gs://bucket`,
 * `nfs://host/path`, `file:///path`. What the URL leaves out of where it is, the options say.
 * @throws UsageError for a URL or an option that cannot be accepted, and for what the host does not provide
 */
export async function openSink(url: string, options: SinkOptions, host: SinkHost): Promise<OpenedSink> {
  const { sinkOfUrl } = await import("./registry.js");
  const { optionReader } = await import("./option-reader.js");
  const reader = optionReader(options);
  const definition = sinkOfUrl(url);
  const located = definition.locate(url, reader.valuesOf(definition.options), host.paths ?? WEB_PATHS);
  return await openLocated(located ?? url, reader, host);
}

/** Opens the repository with that canonical URL, which says all of where it is: the options add nothing to that. */
export async function openLocated(
  url: string,
  options: SinkOptions | OptionReader,
  host: SinkHost,
): Promise<OpenedSink> {
  const { sinkOfUrl } = await import("./registry.js");
  const { optionReader } = await import("./option-reader.js");
  const definition = sinkOfUrl(url);
  const opened = await definition.open(url, optionReader(options).valuesOf(definition.options), host);
  if (host.onRequest === undefined) return opened;
  const { LogSink } = await import("./layers/log.js");
  return { ...opened, sink: new LogSink(opened.sink, { clock: host.clock, log: host.onRequest }) };
}

/** Of absolute paths. */
const WEB_PATHS: PathHost = {
  fileUrl: (path) => `file://${path.split("/").map(encodeURIComponent).join("/")}`,
};

/**
 * The one spelling of a repository's URL: the catalog takes backups for being in the same repository when their URLs
 * are the same text.
 * @throws UsageError for what cannot be accepted
 */
export async function canonicalUrl(url: string, paths: PathHost): Promise<string> {
  const { sinkOfUrl } = await import("./registry.js");
  return sinkOfUrl(url).canonical(url, paths);
}
