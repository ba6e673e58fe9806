/** Errors for a server's untrusted certificate: permanent, with the name of the option to set. */
import { StorageError } from "../../errors.js";
import type { HttpRequest } from "../../ports.js";
import { shownUrl } from "../../sinks/http/redact.js";

/** Names of the options for messages. */
export interface CertificateOptions {
  readonly ca?: string | undefined;
  readonly address?: string | undefined;
}

/** OpenSSL's codes for a chain that ends at an untrusted authority. */
const UNTRUSTED: readonly string[] = [
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_SIGNATURE_FAILURE",
];

/** The error for a certificate failure; `undefined` for any other. */
export function certificateError(
  { method, url }: HttpRequest,
  cause: unknown,
  { ca, address }: CertificateOptions,
): StorageError | undefined {
  const { code, message } = (cause ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  const state = (): string | undefined => {
    if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
      const wanted = address === undefined ? "an address" : `an address in ${address}`;
      return `its certificate is for another host: ${message}; want ${wanted} that the certificate names`;
    }
    if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
      return `its certificate is not valid now: ${message}`;
    }
    if (typeof code !== "string" || !UNTRUSTED.includes(code)) return undefined;
    const wanted =
      ca === undefined
        ? "its authority among the system's, or in the file that NODE_EXTRA_CA_CERTS names"
        : `its authority in ${ca}`;
    return `its certificate is not trusted: ${message} (${code}); want ${wanted}`;
  };
  const reason = state();
  if (reason === undefined) return undefined;
  return new StorageError(`Cannot ${method} ${shownUrl(url)}: ${reason}`, {
    call: method.toLowerCase(),
    cause,
  });
}
