/** The versions of objects in a bucket that keeps them. */

import { parseMoment } from "../moment.js";
import type { S3Connection } from "./connection.js";
import { decodeKey, type Listing, listRequest, pages } from "./listing.js";
import { textOf } from "./xml.js";

export interface ListedVersion {
  readonly key: string;
  readonly versionId: string;
  readonly isLatest: boolean;
  /** Whether it only hides the versions before it. */
  readonly isDeleteMarker: boolean;
  readonly modifiedAt: Date | undefined;
}

/** All versions of the objects whose keys start with `prefix`. @throws NotFoundError if there is no such bucket */
export async function* listVersions(
  connection: S3Connection,
  { bucket, prefix }: Listing,
): AsyncGenerator<ListedVersion> {
  const request = { ...listRequest(bucket), query: { versions: "", "encoding-type": "url", prefix } };
  for await (const page of pages(connection, request, nextVersions)) {
    const isEncoded = textOf(page, "EncodingType") === "url";
    for (const entry of page.children) {
      if (entry.name !== "Version" && entry.name !== "DeleteMarker") continue;
      const key = textOf(entry, "Key");
      const versionId = textOf(entry, "VersionId");
      if (key === undefined || versionId === undefined)
        throw connection.failure(request, "an entry has no key or no version", { status: "permanent" });
      yield {
        key: isEncoded ? decodeKey(key) : key,
        versionId,
        isLatest: textOf(entry, "IsLatest") === "true",
        isDeleteMarker: entry.name === "DeleteMarker",
        modifiedAt: parseMoment(textOf(entry, "LastModified")),
      };
    }
  }
}

function nextVersions(page: Parameters<typeof textOf>[0]): Readonly<Record<string, string>> | undefined {
  const key = textOf(page, "NextKeyMarker");
  if (key === undefined || key === "") return undefined;
  const isEncoded = textOf(page, "EncodingType") === "url";
  return {
    "key-marker": isEncoded ? decodeKey(key) : key,
    "version-id-marker": textOf(page, "NextVersionIdMarker") ?? "",
  };
}

/** The longest text that all of `names` begin with. */
export function commonPrefix(names: readonly string[]): string {
  let prefix = names[0] ?? "";
  for (const name of names) while (!name.startsWith(prefix)) prefix = prefix.slice(0, -1);
  return prefix;
}
