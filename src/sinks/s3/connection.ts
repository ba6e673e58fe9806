/** Requests to one S3 server: addresses, signatures and checksums, and refusals as errors. */

import { StorageError } from "../../errors.js";
import { revealed } from "../../options/secret.js";
import type { Clock, Hashes, HttpClient, HttpResponse } from "../../ports.js";
import { hexToBase64 } from "../http/base64.js";
import { drain, readText } from "../http/body.js";
import { clockAheadMs } from "../http/server-clock.js";
import { type S3Address, type S3Query, s3Url } from "./address.js";
import { bodyOfText, type S3Body, type S3BodyOptions } from "./body.js";
import { refusal, s3Error } from "./error.js";
import { S3Signer, type S3SignerOptions } from "./signer.js";
import { parseXml, type XmlElement } from "./xml.js";

export interface S3ConnectionOptions extends S3SignerOptions {
  readonly http: HttpClient;
  readonly hashes: Hashes;
  readonly address: S3Address;
  /** Sent with every request that touches an object's bytes. */
  readonly customerKeyHeaders?: Readonly<Record<string, string>> | undefined;
}

export interface S3Request {
  readonly method: "DELETE" | "GET" | "HEAD" | "POST" | "PUT";
  /** Completes "Cannot …" in messages. */
  readonly what: string;
  readonly call: string;
  readonly bucket?: string;
  readonly key?: string;
  readonly query?: S3Query;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: S3Body;
  /** Whether the customer's key is sent. @default {false} */
  readonly isOfObject?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** SHA-256 of an empty body, hexadecimal. */
const EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
/** Enough for a page of 1000 names of 1024 bytes, each escaped to three times its length, with the markup. */
const DOCUMENT_SIZE_MAX = 8 * 1024 * 1024;

export class S3Connection {
  readonly #options: S3ConnectionOptions;
  readonly #signer: S3Signer;
  readonly #isSecure: boolean;

  constructor(options: S3ConnectionOptions) {
    this.#options = options;
    this.#signer = new S3Signer(options);
    this.#isSecure = options.address.endpoint.startsWith("https:");
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Options for the bodies of requests. */
  get bodyOptions(): S3BodyOptions {
    return { hashes: this.#options.hashes, isSigned: !this.#isSecure };
  }

  text(document: string): S3Body {
    return bodyOfText(document, this.bodyOptions);
  }

  /** Returns the answer; the caller reads its body. @throws S3Error, or NotFoundError for status 404 */
  async send(request: S3Request): Promise<HttpResponse> {
    const response = await this.#exchange(request);
    if (response.status >= 200 && response.status < 300) return response;
    throw await s3Error(response, this.#context(request));
  }

  /** Returns the answer's headers, and skips its body. */
  async run(request: S3Request): Promise<HttpResponse["headers"]> {
    const { headers, body } = await this.send(request);
    await drain(body);
    return headers;
  }

  /** Returns the document in the answer. @throws S3Error also if the document is an error with status 200 */
  async document(request: S3Request): Promise<XmlElement> {
    const response = await this.send(request);
    const text = await readText(response.body, DOCUMENT_SIZE_MAX);
    let root: XmlElement;
    try {
      // Slow servers send white space first, to keep the connection open.
      root = parseXml(text.trimStart());
    } catch (error) {
      throw this.failure(request, `the server's answer is not understood: ${(error as Error).message}`, {
        status: "temporary",
      });
    }
    if (root.name === "Error") throw refusal(response, root, this.#context(request));
    return root;
  }

  /** Milliseconds that the server's clock is ahead of ours. */
  async clockAheadMs(request: S3Request): Promise<number | undefined> {
    const { headers, body } = await this.#exchange(request);
    const ahead = clockAheadMs(headers, this.#options.clock.now());
    await drain(body);
    return ahead;
  }

  failure(
    { what, call }: Pick<S3Request, "what" | "call">,
    state: string,
    { status }: { status: "temporary" | "permanent" },
  ): StorageError {
    return new StorageError(`Cannot ${what}: ${state}`, { call, status });
  }

  async #exchange(request: S3Request): Promise<HttpResponse> {
    const { method, body, signal, isOfObject = false } = request;
    const { http, address, customerKeyHeaders } = this.#options;
    const url = s3Url(address, request);
    const headers = {
      ...request.headers,
      ...(isOfObject ? customerKeyHeaders : undefined),
      ...(body === undefined ? undefined : { "content-md5": hexToBase64(body.md5) }),
    };
    const bodySha256 = this.#isSecure ? undefined : (body?.sha256 ?? EMPTY_SHA256);
    const signed = await this.#signer.sign({ method, url, headers, bodySha256 });
    return await http.send({
      method,
      url,
      headers: body === undefined ? signed : { ...signed, "content-length": String(body.bytes.length) },
      ...(body === undefined ? {} : { body: body.bytes }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  #context({ what, call }: S3Request): Parameters<typeof s3Error>[1] {
    const { clock, region, customerKeyHeaders = {} } = this.#options;
    const secrets = [...this.#signer.secrets, ...Object.values(customerKeyHeaders)];
    // The filter drops the algorithm's name, which is not secret.
    return {
      what,
      call,
      region,
      now: clock.now(),
      secrets: secrets.filter((secret) => revealed(secret).length > 8),
    };
  }
}
