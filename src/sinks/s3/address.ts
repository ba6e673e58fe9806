/** URLs of buckets and objects, in the form that is signed, so that no later step changes them. */

import { UsageError } from "../../errors.js";
import { checkContainer } from "../names.js";

/** `path`: the bucket is the first segment of the path; `virtual`: it is the first label of the host name. */
export type S3Style = "path" | "virtual";

export interface S3Address {
  /** URL of the server, `http:` or `https:`, without query. */
  readonly endpoint: string;
  readonly style: S3Style;
}

/** Parameters of a query, in the order in which they are sent. */
export type S3Query = Readonly<Record<string, string>>;

/** URL of an object; without `key`, of the bucket; without `bucket`, of the whole service. */
export function s3Url(
  { endpoint, style }: S3Address,
  { bucket, key, query = {} }: { bucket?: string | undefined; key?: string | undefined; query?: S3Query },
): string {
  const url = new URL(endpoint);
  const base = url.pathname.replace(/\/$/, "");
  const isVirtual = style === "virtual" && bucket !== undefined;
  const host = isVirtual ? `${bucket}.${url.host}` : url.host;
  const segments = [isVirtual ? undefined : bucket, ...(key?.split("/") ?? [])].filter(
    (segment) => segment !== undefined,
  );
  const path = `${base}/${segments.map(encode).join("/")}`;
  const search = Object.entries(query).map(([name, value]) => `${encode(name)}=${encode(value)}`);
  return `${url.protocol}//${host}${path}${search.length === 0 ? "" : `?${search.join("&")}`}`;
}

/** Escapes everything except RFC 3986's unreserved characters, as SigV4 requires. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Wider than AWS's current rule: older buckets, and those of other servers, have capitals and underscores. */
const BUCKET = /^[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]$/;
/** A bucket in a host name must be one label, so that the server's certificate covers it. */
const BUCKET_LABEL = /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/;

/** @throws UsageError unless `bucket` is a valid name for buckets addressed in that style */
export function checkBucket(bucket: string, style: S3Style): void {
  checkContainer(bucket);
  if (isBucketName(bucket, style)) return;
  const wanted =
    style === "virtual"
      ? 'lower-case letters, digits and hyphens, 3 to 63 of them, or style "path"'
      : 'letters, digits, ".", "_" and "-", 3 to 255 of them';
  throw new UsageError(`Cannot use container name ${JSON.stringify(bucket)}: want ${wanted}`);
}

export function isBucketName(bucket: string, style: S3Style): boolean {
  return (style === "virtual" ? BUCKET_LABEL : BUCKET).test(bucket);
}
