/** URLs of buckets: `gs://BUCKET`, or `gs://BUCKET?endpoint=http://HOST` for a server other than Google's. */

import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";
import { isServerUrl } from "../../options/values.js";

export interface GcsLocation {
  readonly bucket: string;
  /** URL of the server. @default {Google's} */
  readonly endpoint?: string | undefined;
}

/** Google's rule, except for the lengths of names with dots. */
const BUCKET = /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/;

export function isGcsBucket(bucket: string): boolean {
  return BUCKET.test(bucket) && bucket.split(".").every((label) => label.length <= 63);
}

/** @throws UsageError for a text that is not such a URL, or has further parts */
export function parseGcsUrl(text: string): GcsLocation {
  const shown = shownValue(text);
  const refuse = (wanted: string): UsageError =>
    new UsageError(`Cannot use repository ${JSON.stringify(shown)}: want ${wanted}`);
  const [, bucket = "", search = ""] = /^gs:\/\/([^/?#@:]+)\/?(?:\?([^#]*))?$/i.exec(text) ?? [];
  if (bucket === "") throw refuse("a URL of the form gs://bucket");
  if (!isGcsBucket(bucket)) throw refuse("a bucket of small letters, digits, dots, hyphens and underscores");
  const query = new URLSearchParams(search);
  if ([...query.keys()].some((name) => name !== "endpoint") || query.getAll("endpoint").length > 1) {
    throw refuse("in its query only endpoint");
  }
  const endpoint = query.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !isServerUrl(endpoint)) throw refuse("an endpoint of the form https://host");
  return { bucket, endpoint };
}

/** The canonical spelling of a location's URL. */
export function printGcsUrl({ bucket, endpoint }: GcsLocation): string {
  if (endpoint === undefined || endpoint === "") return `gs://${bucket}`;
  return `gs://${bucket}?endpoint=${new URL(endpoint).href.replace(/\/+$/, "")}`;
}
