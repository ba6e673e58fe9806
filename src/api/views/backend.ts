/** The one place that volumes are in, in the reference system's notation: host, backend and pool. */
import type { ApiIdentity } from "../call.js";

const BACKEND = "files";

export function volumeHostOf({ hostName }: Pick<ApiIdentity, "hostName">): string {
  return `${hostName}@${BACKEND}`;
}

export function backendOf(identity: Pick<ApiIdentity, "hostName">): string {
  return `${volumeHostOf(identity)}#${BACKEND}`;
}
