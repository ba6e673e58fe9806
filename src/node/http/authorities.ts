/**
 * The authorities that are trusted over TLS: those of the system, and those in the file that `NODE_EXTRA_CA_CERTS` names.
 * Node by itself trusts the list that it was built with, so an authority that an administrator installed would be unknown
 * and one that was removed trusted. Where the system has no bundle, as on macOS without Homebrew's and on Windows, Node's
 * list counts.
 */
import { readFileSync } from "node:fs";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";

/** Where distributions keep the bundle: Debian and Alpine, Fedora, older Red Hat, SUSE, BSD. */
const BUNDLES: readonly string[] = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

const PEM = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----/;

let trusted: SecureContext | undefined;

/** Made once for all connections: to read the bundle takes some milliseconds. */
export function systemAuthorities(): SecureContext {
  trusted ??= createSecureContext({ ca: [...authorities(process.env)] });
  return trusted;
}

/** PEM texts. `SSL_CERT_FILE` names another bundle, as for OpenSSL's own programs. */
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
