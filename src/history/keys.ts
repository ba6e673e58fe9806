/** Ed25519 by Web Crypto: the private key that signs the history, and the public keys that are accepted. */
import { fromHex, toHex, toUtf8 } from "../bytes.js";
import { UsageError } from "../errors.js";
import { revealed, type Secret } from "../options/secret.js";

const ALGORITHM = "Ed25519";
/** Bytes before the text that is signed, so that a signature is of nothing else. */
const DOMAIN = "ashlar history 1\n";
/** PKCS #8 of an Ed25519 key without attributes (RFC 8410): the 32 bytes of the key follow. */
const PKCS8_HEAD = "302e020100300506032b657004220420";
const KEY_SIZE = 32;
const SIGNATURE_SIZE = 64;

/** Signs entries of the history. */
export interface HistorySigner {
  /** 64 hexadecimal digits. */
  readonly publicKey: string;
  /** Resolves to the signature, 128 hexadecimal digits. */
  sign(text: string): Promise<string>;
}

/**
 * The signer of a private key in PEM, as `openssl genpkey -algorithm ed25519` prints it.
 * @param path for messages
 * @throws UsageError that quotes nothing of the file
 */
export async function openSigner(pem: Secret, path: string): Promise<HistorySigner> {
  const wrong = (): UsageError =>
    new UsageError(
      `Cannot use history identity "${path}": want an Ed25519 private key in PEM, as openssl genpkey -algorithm ed25519 prints it`,
    );
  const [, base64 = ""] =
    /^-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*$/.exec(
      revealed(pem),
    ) ?? [];
  const der = bytesOfBase64(base64.replaceAll(/\s/g, ""));
  if (
    der === undefined ||
    der.length !== PKCS8_HEAD.length / 2 + KEY_SIZE ||
    !toHex(der).startsWith(PKCS8_HEAD)
  )
    throw wrong();
  const { subtle } = crypto;
  const key = await subtle.importKey("pkcs8", der, ALGORITHM, true, ["sign"]).catch(() => {
    throw wrong();
  });
  const { x = "" } = await subtle.exportKey("jwk", key);
  const publicKey = bytesOfBase64(x.replaceAll("-", "+").replaceAll("_", "/"));
  if (publicKey?.length !== KEY_SIZE) throw wrong();
  return {
    publicKey: toHex(publicKey),
    sign: async (text) => toHex(new Uint8Array(await subtle.sign(ALGORITHM, key, toUtf8(DOMAIN + text)))),
  };
}

/** Whether the signature of the text is by that key. */
export async function isSigned(
  text: string,
  { publicKey, signature }: { readonly publicKey: string; readonly signature: string },
): Promise<boolean> {
  const raw = bytesOfHex(publicKey, KEY_SIZE);
  const bytes = bytesOfHex(signature, SIGNATURE_SIZE);
  if (raw === undefined || bytes === undefined) return false;
  const { subtle } = crypto;
  try {
    const key = await subtle.importKey("raw", raw, ALGORITHM, false, ["verify"]);
    return await subtle.verify(ALGORITHM, key, bytes, toUtf8(DOMAIN + text));
  } catch {
    // Bytes that are no point of the curve.
    return false;
  }
}

/** `undefined` unless the text is the lower-case hexadecimal of so many bytes. */
export function bytesOfHex(text: string, size: number): Uint8Array<ArrayBuffer> | undefined {
  if (text.length !== 2 * size || !/^[0-9a-f]*$/.test(text)) return undefined;
  return fromHex(text);
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
