/** Google Cloud Storage as a place for backups, and where its tokens come from. */
export { type GcsAuth, givenToken, metadataToken } from "./auth.js";
export {
  parseServiceAccountKey,
  type ServiceAccountKey,
  serviceAccountToken,
} from "./service-account.js";
export { GcsSink, type GcsSinkOptions } from "./sink.js";
