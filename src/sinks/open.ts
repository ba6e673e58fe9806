/** Opens the sink of a repository's URL, on any host. Code of a store is loaded when one of its sinks is opened. */
import type { OptionReader } from "../options/option.js";
import type { OpenedSink } from "./definition.js";
import type { PathHost, SinkHost } from "./host.js";
import type { SinkOptions } from "./option-reader.js";

/**
 * Opens the repository at a URL: `s3://bucket?endpoint=https://host`, `swift://host/path`, `gs://bucket`,
 * `nfs://host/path`, `file:///path`. Parts of the address that the URL leaves out come from the options.
 * @throws UsageError for a URL or an option that cannot be accepted, or if the host lacks something the store needs
 */
export async function openSink(url: string, options: SinkOptions, host: SinkHost): Promise<OpenedSink> {
  const { sinkOfUrl } = await import("./registry.js");
  const { optionReader } = await import("./option-reader.js");
  const reader = optionReader(options);
  const definition = sinkOfUrl(url);
  const located = definition.locate(url, reader.valuesOf(definition.options), host.paths ?? WEB_PATHS);
  return await openLocated(located ?? url, reader, host);
}

/** Opens the repository at a canonical URL, which is its complete address: the options add nothing to that. */
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

/** Resolves absolute paths only. */
const WEB_PATHS: PathHost = {
  fileUrl: (path) => `file://${path.split("/").map(encodeURIComponent).join("/")}`,
};

/**
 * The canonical spelling of a repository's URL: to the catalog, backups are in the same repository if their URLs are
 * the same text.
 * @throws UsageError for a URL that cannot be accepted
 */
export async function canonicalUrl(url: string, paths: PathHost): Promise<string> {
  const { sinkOfUrl } = await import("./registry.js");
  return sinkOfUrl(url).canonical(url, paths);
}
