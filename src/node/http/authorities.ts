/**
 * The certificate authorities trusted for TLS: those of the system, and those in the file named by
 * `NODE_EXTRA_CA_CERTS`. Node itself trusts its built-in list, which lacks authorities that an administrator installed,
 * and still contains those that were removed. If the system has no bundle, as on Windows and on macOS without
 * Homebrew's, Node's list is used.
 */
import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";

/** Paths of the bundle by distribution: Debian and Alpine, Fedora, older Red Hat, SUSE, BSD. */
const BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/;

let trusted: SecureContext | undefined;

/** Made once for all connections, because reading the bundle takes some milliseconds. */
export function systemAuthorities(): SecureContext {
  trusted ??= createSecureContext({ ca: [...authorities(process.env)] });
  return trusted;
}

/** The authorities as PEM texts. `SSL_CERT_FILE` names another bundle, as for OpenSSL's own programs. */
export function authorities(
  { SSL_CERT_FILE: named, NODE_EXTRA_CA_CERTS: extra }: NodeJS.ProcessEnv,
  bundles: readonly string[] = BUNDLES,
): readonly string[] {
  const own = (named === undefined || named === "" ? bundles : [named]).map(readBundle);
  const system = own.find((text) => text !== undefined);
  const further = extra === undefined || extra === "" ? undefined : readBundle(extra);
  const base = system === undefined ? rootCertificates : [system];
  return further === undefined || further === system ? base : [...base, further];
}

function readBundle(path: string): string | undefined {
  try {
    const text = readFileSync(path, "utf8");
    return PEM.test(text) ? text : undefined;
  } catch {
    return undefined;
  }
}
