/** The response to a request for an image: all of it, a range, or several (RFC 9110 §14 and §15.3.7). */
import { parseCreatedAt } from "../format/fields.js";
import { type ByteRange, wantedBytes } from "./byte-ranges.js";
import { isRangeValid, preconditionStatus, type Validators } from "./conditions.js";
import { type BodyOptions, type BodyPart, bodyLength, openBody } from "./image-body.js";
import type { VolumeImage } from "./volume-image.js";

const TYPE = "application/octet-stream";

/** The content of a response, and the headers that describe it. */
interface Content {
  readonly status: 200 | 206;
  readonly parts: readonly BodyPart[];
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The response to a GET or HEAD request.
 * @throws AshlarError for a failure to read the first bytes; a later failure ends the body
 */
export async function imageResponse(
  request: Request,
  image: VolumeImage,
  options: Pick<BodyOptions, "onEnd" | "onError"> = {},
): Promise<Response> {
  const validators = validatorsOf(image);
  const headers = headersOf(validators);
  const status = preconditionStatus(request.headers, validators);
  if (status !== undefined) return new Response(null, { status, headers });
  // `Range` is defined for GET only, and must be ignored with other methods.
  const isRange = request.method === "GET" && isRangeValid(request.headers, validators);
  const wanted = wantedBytes(isRange ? request.headers.get("range") : null, image.size);
  if (wanted === "none") {
    headers.set("content-range", `bytes */${image.size}`);
    return new Response(null, { status: 416, headers });
  }
  const content = contentOf(image, wanted);
  headers.set("content-disposition", `attachment; filename="${image.backupId}.img"`);
  for (const [name, value] of Object.entries(content.headers)) headers.set(name, value);
  headers.set("content-length", String(bodyLength(content.parts)));
  const { signal } = request;
  const body =
    request.method === "HEAD" ? null : await openBody(image, content.parts, { ...options, signal });
  return new Response(body, { status: content.status, headers });
}

/** A backup's content never changes, so the manifest's digest identifies it as well as its own digest would. */
function validatorsOf({ id, createdAt }: VolumeImage): Validators {
  const created = parseCreatedAt(createdAt);
  const lastModified = created && new Date(Math.floor(created.getTime() / 1000) * 1000);
  return { etag: `"${id}"`, lastModified };
}

function headersOf({ etag, lastModified }: Validators): Headers {
  const headers = new Headers({
    "accept-ranges": "bytes",
    "cache-control": "private, no-transform",
    etag,
    "x-content-type-options": "nosniff",
  });
  if (lastModified !== undefined) headers.set("last-modified", lastModified.toUTCString());
  return headers;
}

function contentOf({ size }: VolumeImage, wanted: "whole" | readonly ByteRange[]): Content {
  if (wanted === "whole") {
    return { status: 200, parts: [{ offset: 0, length: size }], headers: { "content-type": TYPE } };
  }
  const [range, ...others] = wanted as readonly [ByteRange, ...ByteRange[]];
  if (others.length > 0) return multipartOf(wanted, size);
  const headers = { "content-type": TYPE, "content-range": contentRange(range, size) };
  return { status: 206, parts: [range], headers };
}

/** @see RFC 9110 §14.6 */
function multipartOf(ranges: readonly ByteRange[], size: number): Content {
  const boundary = crypto.randomUUID();
  const parts: BodyPart[] = [];
  for (const range of ranges) {
    const lineEnd = parts.length === 0 ? "" : "\r\n";
    const fields = `Content-Type: ${TYPE}\r\nContent-Range: ${contentRange(range, size)}`;
    parts.push(`${lineEnd}--${boundary}\r\n${fields}\r\n\r\n`, range);
  }
  parts.push(`\r\n--${boundary}--\r\n`);
  return { status: 206, parts, headers: { "content-type": `multipart/byteranges; boundary=${boundary}` } };
}

function contentRange({ offset, length }: ByteRange, size: number): string {
  return `bytes ${offset}-${offset + length - 1}/${size}`;
}
