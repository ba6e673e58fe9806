/** The sink for servers with an S3 API. */
export type { S3Style } from "./address.js";
export type { S3CredentialSource, S3Credentials } from "./signer.js";
export { S3Sink, type S3SinkOptions } from "./sink.js";
export type { CustomerKey } from "./sse.js";
