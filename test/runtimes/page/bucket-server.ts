/** The containers of a sink as buckets of an S3 server that any page may read without keys: lists, sizes and objects. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { isAshlarError } from "../../../src/errors.js";
import type { ObjectSink } from "../../../src/sinks/sink.js";
import { getObject } from "../../../src/testing/objects.js";

export interface BucketServerOptions {
  /** Whether pages of other origins may read. @default {true} */
  readonly cors?: boolean;
}

export function createBucketServer(sink: ObjectSink, { cors = true }: BucketServerOptions = {}): Server {
  return createServer((request, response) => {
    if (cors) {
      response.setHeader("access-control-allow-origin", "*");
      response.setHeader("cross-origin-resource-policy", "cross-origin");
    }
    answer(sink, request, response).catch((error: unknown) => {
      response.writeHead(isAshlarError(error, "not-found") ? 404 : 500).end();
    });
  });
}

async function answer(sink: ObjectSink, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url!, "http://localhost");
  const [container = "", ...rest] = pathname.slice(1).split("/").map(decodeURIComponent);
  const containers: string[] = [];
  for await (const each of sink.containers()) containers.push(each);
  if (!containers.includes(container)) {
    response.writeHead(404).end();
  } else if (rest.join("/") !== "") {
    const bytes = await getObject(sink, { container, name: rest.join("/") });
    response.setHeader("content-length", bytes.length);
    response.end(request.method === "HEAD" ? undefined : bytes);
  } else {
    const entries: string[] = [];
    for await (const { name, size } of sink.list(container, searchParams.get("prefix") ?? ""))
      entries.push(`<Contents><Key>${encodeURIComponent(name)}</Key><Size>${size}</Size></Contents>`);
    response.setHeader("content-type", "application/xml");
    response.end(
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>${entries.join("")}</ListBucketResult>`,
    );
  }
}
