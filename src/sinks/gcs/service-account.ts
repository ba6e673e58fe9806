/** Tokens for a service account's key: a claim signed with the key is exchanged for an access token (RFC 7523). */

import { toUtf8 } from "../../bytes.js";
import { UsageError } from "../../errors.js";
import type { Clock, HttpClient } from "../../ports.js";
import { type GcsAuth, RenewedToken } from "./auth.js";

/** Fields of a service account's key file that are used. */
export interface ServiceAccountKey {
  readonly clientEmail: string;
  readonly privateKeyId: string | undefined;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  /** URL that exchanges claims for tokens. */
  readonly tokenUri: string;
}

const SCOPE = "https://www.googleapis.com/auth/devstorage.full_control";
const TOKEN_URI = "https://oauth2.googleapis.com/token";
const GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** The longest lifetime that Google accepts. */
const CLAIM_SECONDS = 3600;
const ALGORITHM = "RS256";
const PEM = /^\s*-----BEGIN PRIVATE KEY-----[A-Za-z0-9+/=\s]+-----END PRIVATE KEY-----\s*$/;

/** @throws UsageError for a text that is not a service account's key; the message repeats nothing of it */
export function parseServiceAccountKey(text: string): ServiceAccountKey {
  const fields = objectOf(text);
  const { client_email: clientEmail, private_key: pem, private_key_id: id, token_uri: tokenUri } = fields;
  if (fields.type !== "service_account" || typeof clientEmail !== "string" || typeof pem !== "string") {
    throw new UsageError(
      'Cannot use the credential file: want the JSON key of a service account, with "type", "client_email" and "private_key"',
    );
  }
  if (!PEM.test(pem)) {
    throw new UsageError('Cannot use the credential file: its "private_key" is no PEM of a PKCS #8 key');
  }
  return {
    clientEmail,
    privateKey: pem,
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

/** Source of access tokens for a service account, each kept until shortly before it expires. */
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

/** Loads `jose` only when a token is needed: most commands use no service account. */
async function signedClaim(key: ServiceAccountKey, now: Date): Promise<string> {
  const { SignJWT } = await import("jose/jwt/sign");
  const issued = Math.floor(now.getTime() / 1000);
  const claim = new SignJWT({ scope: SCOPE })
    .setProtectedHeader({
      alg: ALGORITHM,
      typ: "JWT",
      ...(key.privateKeyId === undefined ? {} : { kid: key.privateKeyId }),
    })
    .setIssuer(key.clientEmail)
    .setAudience(key.tokenUri)
    .setIssuedAt(issued)
    .setExpirationTime(issued + CLAIM_SECONDS);
  return await claim.sign(await importKey(key));
}

async function importKey({ privateKey }: ServiceAccountKey): Promise<CryptoKey> {
  const { importPKCS8 } = await import("jose/key/import");
  try {
    return await importPKCS8(privateKey, ALGORITHM);
  } catch (cause) {
    throw new UsageError('Cannot use the credential file: its "private_key" is no RSA key', { cause });
  }
}
