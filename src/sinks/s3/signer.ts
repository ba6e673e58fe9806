/**
 * Signature Version 4 in the `Authorization` header. The body's SHA-256 is signed over plain HTTP, and left out over
 * TLS, which protects the body; its MD5 is a header and always signed. AWS's chunked encoding is never used, because
 * Swift and others do not understand it.
 */

import { AwsV4Signer } from "aws4fetch";
import { revealed, type Secret } from "../../options/secret.js";
import type { Clock } from "../../ports.js";
import { checkHeaders } from "../http/headers.js";

/** Access key of an S3 server, with the session token of a temporary one. */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret | string;
  /** Present with temporary credentials. */
  readonly sessionToken?: Secret | string | undefined;
}

/**
 * Called before each request, because temporary credentials change during a run. If it returns none, requests are not
 * signed, and have access only to what the bucket's owner has made public.
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
  /** Signing keys by day; each takes four HMACs to derive. */
  readonly #keys = new Map<string, ArrayBuffer>();
  #secrets: readonly (Secret | string)[] = [];

  constructor(options: S3SignerOptions) {
    this.#options = options;
  }

  /** Secrets of the last signature, which no message may contain. */
  get secrets(): readonly (Secret | string)[] {
    return this.#secrets;
  }

  /** Returns the request's headers with the signature's. */
  async sign({ method, url, headers, bodySha256 }: UnsignedRequest): Promise<Record<string, string>> {
    const { credentials, region, clock } = this.#options;
    const known = await credentials();
    if (known === undefined) return { ...headers };
    const { accessKeyId, sessionToken } = known;
    this.#secrets = [known.secretAccessKey, sessionToken ?? ""];
    const token: Record<string, string> =
      sessionToken === undefined ? {} : { sessionToken: revealed(sessionToken) };
    // The signer puts them into headers, and the error for a bad header would print it.
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
