/**
 * Tokens for a service account's key: a claim that is signed with it is exchanged for an access token (RFC 7523).
 */

import { toUtf8 } from "../../bytes.js";
import { UsageError } from "../../errors.js";
import type { Clock, HttpClient } from "../../ports.js";
import { toBase64 } from "../http/base64.js";
import { type GcsAuth, RenewedToken } from "./auth.js";

export interface ServiceAccountKey {
  readonly clientEmail: string;
  readonly privateKeyId: string | undefined;
  /** PKCS #8, DER. */
  readonly privateKey: Uint8Array<ArrayBuffer>;
  /** Where claims are exchanged. */
  readonly tokenUri: string;
}

const SCOPE = "https://www.googleapis.com/auth/devstorage.full_control";
const TOKEN_URI = "https://oauth2.googleapis.com/token";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** The longest that claims are accepted for. */
const CLAIM_SECONDS = 3600;
const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/** @throws UsageError for a text that is no service account's key; nothing of the text is said */
export function parseServiceAccountKey(text: string): ServiceAccountKey {
  const fields = objectOf(text);
  const { client_email: clientEmail, private_key: pem, private_key_id: id, token_uri: tokenUri } = fields;
  if (fields.type !== "service_account" || typeof clientEmail !== "string" || typeof pem !== "string") {
    throw new UsageError(
      'Cannot use the credential file: want the JSON key of a service account, with "type", "client_email" and "private_key"',
    );
  }
  return {
    clientEmail,
    privateKey: derOf(pem),
    privateKeyId: typeof id === "string" ? id : undefined,
    tokenUri: typeof tokenUri === "string" ? tokenUri : TOKEN_URI,
  };
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(text) as Record<string, unknown> | null) ?? {};
  } catch {
    return {};
  }
}

function derOf(pem: string): Uint8Array<ArrayBuffer> {
  const [, body] = /-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END PRIVATE KEY-----/.exec(pem) ?? [];
  try {
    if (body !== undefined)
      return Uint8Array.from(atob(body.replaceAll(/\s/g, "")), (letter) => letter.charCodeAt(0));
  } catch {
    // Said below.
  }
  throw new UsageError('Cannot use the credential file: its "private_key" is no PEM of a PKCS #8 key');
}

export function serviceAccountToken({
  http,
  clock,
  key,
}: {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly key: ServiceAccountKey;
}): GcsAuth {
  const what = `get a token for service account "${key.clientEmail}"`;
  return new RenewedToken({
    http,
    clock,
    what,
    async request() {
      const form = new URLSearchParams({
        grant_type: GRANT_TYPE,
        assertion: await signedClaim(key, clock.now()),
      });
      return {
        method: "POST",
        url: key.tokenUri,
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: toUtf8(form.toString()),
      };
    },
  });
}

async function signedClaim(key: ServiceAccountKey, now: Date): Promise<string> {
  const issued = Math.floor(now.getTime() / 1000);
  const header = { alg: "RS256", typ: "JWT", kid: key.privateKeyId };
  const claim = {
    iss: key.clientEmail,
    scope: SCOPE,
    aud: key.tokenUri,
    iat: issued,
    exp: issued + CLAIM_SECONDS,
  };
  const text = `${urlBase64(toUtf8(JSON.stringify(header)))}.${urlBase64(toUtf8(JSON.stringify(claim)))}`;
  const privateKey = await importKey(key);
  const signature = await crypto.subtle.sign(ALGORITHM, privateKey, toUtf8(text));
  return `${text}.${urlBase64(new Uint8Array(signature))}`;
}

async function importKey({ privateKey }: ServiceAccountKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey("pkcs8", privateKey, ALGORITHM, false, ["sign"]);
  } catch (cause) {
    throw new UsageError('Cannot use the credential file: its "private_key" is no RSA key', { cause });
  }
}

function urlBase64(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
