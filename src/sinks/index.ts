/** Repositories of every kind of store, opened by their URLs on any host. What a store needs is loaded when it is opened. */
export { Secret } from "../options/secret.js";
export type { OpenedSink } from "./definition.js";
export type { HttpOptions, PathHost, SinkHost } from "./host.js";
export { type WebSinkHostOptions, webSinkHost } from "./http/web-host.js";
export { openSink } from "./open.js";
export type { SinkOptions } from "./option-reader.js";
