/** Listings, read page by page to the last. */

import { parseMoment } from "../moment.js";
import { isBucketName, type S3Query, type S3Style } from "./address.js";
import type { S3Connection, S3Request } from "./connection.js";
import { childrenOf, textOf, type XmlElement } from "./xml.js";

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedAt: Date | undefined;
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  /** Start of the upload. */
  readonly initiatedAt: Date | undefined;
}

export interface Listing {
  readonly bucket: string;
  readonly prefix: string;
}

/** The objects whose keys start with `prefix`. @throws NotFoundError if there is no such bucket */
export async function* listObjects(
  connection: S3Connection,
  { bucket, prefix }: Listing,
): AsyncGenerator<ListedObject> {
  const request = { ...listRequest(bucket), query: { "list-type": "2", "encoding-type": "url", prefix } };
  for await (const page of pages(connection, request, nextObjects)) {
    const isEncoded = textOf(page, "EncodingType") === "url";
    for (const entry of childrenOf(page, "Contents")) {
      const key = textOf(entry, "Key");
      const size = textOf(entry, "Size");
      if (key === undefined || size === undefined || !/^[0-9]+$/.test(size.trim())) {
        throw connection.failure(request, "an entry has no key or no size", { status: "permanent" });
      }
      const modifiedAt = parseMoment(textOf(entry, "LastModified"));
      yield { key: isEncoded ? decodeKey(key) : key, size: Number(size), modifiedAt };
    }
  }
}

/** Multipart uploads that are neither completed nor aborted. */
export async function* listUploads(
  connection: S3Connection,
  { bucket, prefix }: Listing,
): AsyncGenerator<UnfinishedUpload> {
  const request = { ...listRequest(bucket), query: { uploads: "", "encoding-type": "url", prefix } };
  for await (const page of pages(connection, request, nextUploads)) {
    const isEncoded = textOf(page, "EncodingType") === "url";
    for (const entry of childrenOf(page, "Upload")) {
      const key = textOf(entry, "Key");
      const uploadId = textOf(entry, "UploadId");
      if (key === undefined || uploadId === undefined) continue;
      const initiatedAt = parseMoment(textOf(entry, "Initiated"));
      yield { key: isEncoded ? decodeKey(key) : key, uploadId, initiatedAt };
    }
  }
}

/** The account's buckets, except those whose names are not valid in this style. */
export async function listBuckets(connection: S3Connection, style: S3Style): Promise<string[]> {
  const request: S3Request = { method: "GET", what: "list the containers", call: "list" };
  const root = await connection.document(request);
  const buckets = childrenOf(root, "Buckets").flatMap((list) => childrenOf(list, "Bucket"));
  return buckets.map((entry) => textOf(entry, "Name") ?? "").filter((name) => isBucketName(name, style));
}

export function listRequest(bucket: string): S3Request {
  return { method: "GET", what: `list container ${JSON.stringify(bucket)}`, call: "list", bucket };
}

/** Returns the query for the page after `page`. */
type NextPage = (page: XmlElement) => S3Query | undefined;

function nextObjects(page: XmlElement): S3Query | undefined {
  const token = textOf(page, "NextContinuationToken");
  return token === undefined || token === "" ? undefined : { "continuation-token": token };
}

function nextUploads(page: XmlElement): S3Query | undefined {
  const key = textOf(page, "NextKeyMarker");
  const uploadId = textOf(page, "NextUploadIdMarker") ?? "";
  if (key === undefined || key === "") return undefined;
  const isEncoded = textOf(page, "EncodingType") === "url";
  return { "key-marker": isEncoded ? decodeKey(key) : key, "upload-id-marker": uploadId };
}

export async function* pages(
  connection: S3Connection,
  request: S3Request,
  next: NextPage,
): AsyncGenerator<XmlElement> {
  let from: S3Query = {};
  for (;;) {
    const page = await connection.document({ ...request, query: { ...request.query, ...from } });
    yield page;
    if (textOf(page, "IsTruncated")?.trim() !== "true") return;
    const following = next(page);
    // A truncated list without a next page would lose objects; one that does not advance would never end.
    if (following === undefined || JSON.stringify(following) === JSON.stringify(from)) {
      throw connection.failure(
        request,
        "the server's list is truncated, and has no marker for the next page",
        {
          status: "permanent",
        },
      );
    }
    from = following;
  }
}

/** In listings a plus stands for a space, as in forms; a plus itself is always escaped. */
export function decodeKey(key: string): string {
  return decodeURIComponent(key.replaceAll("+", " "));
}
