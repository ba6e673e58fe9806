/**
 * URLs of buckets: `s3://BUCKET` in AWS, `s3://BUCKET?endpoint=https://HOST` on another server. They never contain an
 * object's key.
 */

import { UsageError } from "../../errors.js";
import { shownValue } from "../../options/secret.js";
import { isServerUrl } from "../../options/values.js";
import { isBucketName, type S3Style } from "./address.js";

export interface S3Location {
  readonly bucket: string;
  /** URL of the server. @default {AWS's} */
  readonly endpoint?: string | undefined;
  /** @default {"us-east-1"} */
  readonly region?: string | undefined;
  /** By default `path`; in AWS `virtual`, if the bucket's name can be a label of a host name. */
  readonly style?: S3Style | undefined;
}

const FORM = "s3://bucket?endpoint=https://host&region=name&style=path";

/** @throws UsageError for a text that is not such a URL, or has further parts */
export function parseS3Url(text: string): S3Location {
  const shown = shownValue(text);
  const refuse = (wanted: string): UsageError =>
    new UsageError(`Cannot use repository ${JSON.stringify(shown)}: want ${wanted}`);
  const [, bucket = "", search = ""] = /^s3:\/\/([^/?#@:]+)\/?(?:\?([^#]*))?$/i.exec(text) ?? [];
  if (bucket === "") throw refuse(`a URL of the form ${FORM}, without keys`);
  if (!isBucketName(bucket, "path")) throw refuse("a bucket of letters, digits, dots and hyphens");
  const query = new URLSearchParams(search);
  for (const name of query.keys()) {
    if (!["endpoint", "region", "style"].includes(name) || query.getAll(name).length > 1) {
      throw refuse("in its query, each at most once, only endpoint, region, style");
    }
  }
  const [endpoint, region, style] = [query.get("endpoint"), query.get("region"), query.get("style")];
  if (endpoint !== null && !isServerUrl(endpoint)) throw refuse("an endpoint of the form https://host");
  if (region !== null && !/^[A-Za-z0-9-]+$/.test(region)) throw refuse("a region of letters, digits and -");
  if (style !== null && style !== "path" && style !== "virtual") throw refuse("a style of path or virtual");
  return {
    bucket,
    endpoint: endpoint ?? undefined,
    region: region ?? undefined,
    style: style ?? undefined,
  };
}

/** The canonical spelling of a location's URL. */
export function printS3Url({ bucket, endpoint, region, style }: S3Location): string {
  const query: string[] = [];
  if (endpoint !== undefined && endpoint !== "") query.push(`endpoint=${serverOf(endpoint)}`);
  if (region !== undefined && region !== "") query.push(`region=${region}`);
  if (style !== undefined) query.push(`style=${style}`);
  return `s3://${bucket}${query.length === 0 ? "" : `?${query.join("&")}`}`;
}

/** The URL in the platform's spelling: host in lower case, no default port, no slash at the end. */
function serverOf(endpoint: string): string {
  return new URL(endpoint).href.replace(/\/+$/, "");
}

/** The endpoint, region and style of a location, with defaults filled in. */
export function resolveLocation({ bucket, endpoint, region = "us-east-1", style }: S3Location): {
  readonly endpoint: string;
  readonly region: string;
  readonly style: S3Style;
} {
  if (endpoint !== undefined) return { endpoint, region, style: style ?? "path" };
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const usual = isBucketName(bucket, "virtual") ? "virtual" : "path";
  return { endpoint: `https://s3.${region}.${suffix}`, region, style: style ?? usual };
}
