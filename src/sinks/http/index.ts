/**
 * HTTP for the sinks of object stores, wherever there is `fetch`: a client, and the layers that try again. A client tries
 * once; `RetryClient` around it tries again what can be sent again, and `RetrySink` around the sink goes on with reads
 * that were cut.
 */
export type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
export type { RetryPolicy } from "../layers/backoff.js";
export { type RetryOptions, RetrySink } from "../layers/retry.js";
export { FetchClient } from "./fetch.js";
export { RetryClient } from "./retry-client.js";
export { webClock, webRetries } from "./web.js";
