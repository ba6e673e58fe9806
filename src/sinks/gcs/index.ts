/** The sink for Google Cloud Storage, and its sources of tokens. */
export { type GcsAuth, givenToken, metadataToken } from "./auth.js";
export {
  parseServiceAccountKey,
  type ServiceAccountKey,
  serviceAccountToken,
} from "./service-account.js";
export { GcsSink, type GcsSinkOptions } from "./sink.js";
