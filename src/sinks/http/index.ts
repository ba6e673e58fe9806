/**
 * HTTP for the sinks of object stores, on any runtime with `fetch`: a client, and the layers that retry. A client tries
 * once; `RetryClient` around it retries requests that can be sent again, and `RetrySink` around the sink resumes
 * interrupted reads.
 */
export type { HttpClient, HttpRequest, HttpResponse } from "../../ports.js";
export type { RetryPolicy } from "../layers/backoff.js";
export { type RetryOptions, RetrySink } from "../layers/retry.js";
export { FetchClient } from "./fetch.js";
export { RetryClient } from "./retry-client.js";
export { webClock, webRetries } from "./web.js";
