/**
 * Signature Version 4 in the `Authorization` header. The body's SHA-256 is signed where anybody on the way could change
 * it, and left out where TLS protects it; its MD5 is a header and signed either way. Nothing is ever sent in the chunked
 * coding of AWS, which Swift and others do not understand.
 */

import { AwsV4Signer } from "aws4fetch";
import { revealed, type Secret } from "../../options/secret.js";
import type { Clock } from "../../ports.js";
import { checkHeaders } from "../http/headers.js";

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret | string;
  /** Of temporary credentials. */
  readonly sessionToken?: Secret | string | undefined;
}

/**
 * Asked before each request: temporary credentials change while a run goes on. Without any, requests are not signed, and
 * reach what the bucket's owner has opened to everybody.
 */
export type S3CredentialSource = () => Promise<S3Credentials | undefined>;

export interface S3SignerOptions {
  readonly credentials: S3CredentialSource;
  readonly region: string;
  readonly clock: Clock;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Hexadecimal; `undefined` leaves the body out of the signature. */
  readonly bodySha256: string | undefined;
}

export class S3Signer {
  readonly #options: S3SignerOptions;
  /** Keys by day, which take four HMACs to derive. */
  readonly #keys = new Map<string, ArrayBuffer>();
  #secrets: readonly (Secret | string)[] = [];

  constructor(options: S3SignerOptions) {
    this.#options = options;
  }

  /** What was signed with last, which no message may contain. */
  get secrets(): readonly (Secret | string)[] {
    return this.#secrets;
  }

  /** The headers to send instead. */
  async sign({ method, url, headers, bodySha256 }: UnsignedRequest): Promise<Record<string, string>> {
    const { credentials, region, clock } = this.#options;
    const known = await credentials();
    if (known === undefined) return { ...headers };
    const { accessKeyId, sessionToken } = known;
    this.#secrets = [known.secretAccessKey, sessionToken ?? ""];
    const token: Record<string, string> =
      sessionToken === undefined ? {} : { sessionToken: revealed(sessionToken) };
    // The signer puts them into headers, and what refuses a header prints it.
    checkHeaders({ ...headers, "aws access key": accessKeyId, ...token });
    const signer = new AwsV4Signer({
      method,
      url,
      headers: { ...headers, "x-amz-content-sha256": bodySha256 ?? "UNSIGNED-PAYLOAD" },
      accessKeyId,
      secretAccessKey: revealed(known.secretAccessKey),
      ...token,
      service: "s3",
      region,
      cache: this.#keys,
      datetime: clock
        .now()
        .toISOString()
        .replaceAll(/[:-]|\.\d{3}/g, ""),
    });
    return Object.fromEntries((await signer.sign()).headers);
  }
}
