/** Opens repositories of every store by URL, on any host. Code of a store is loaded when one of its sinks is opened. */
export { Secret } from "../options/secret.js";
export type { OpenedSink } from "./definition.js";
export type { HttpOptions, PathHost, SinkHost } from "./host.js";
export { type WebSinkHostOptions, webSinkHost } from "./http/web-host.js";
export { openSink } from "./open.js";
export type { SinkOptions } from "./option-reader.js";
