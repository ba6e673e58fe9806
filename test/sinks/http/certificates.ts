/** Authorities and servers' certificates, made by openssl for the tests that need them. */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Authority {
  /** Path of its certificate, PEM. */
  readonly certificate: string;
  readonly key: string;
}

export async function makeAuthority(directory: string, name: string): Promise<Authority> {
  const [certificate, key] = [join(directory, `${name}.pem`), join(directory, `${name}.key`)];
  const files = ["-keyout", key, "-out", certificate];
  await run("openssl", [...NEW_KEY, "-x509", "-days", "2", "-subj", `/CN=${name}`, ...files]);
  return { certificate, key };
}

/** Paths of the certificate and the key of a server that is known as `host` alone. */
export async function makeCertificate(directory: string, host: string, authority: Authority) {
  const [certificate, key] = [join(directory, "server.pem"), join(directory, "server.key")];
  const [request, extensions] = [join(directory, "server.csr"), join(directory, "server.ext")];
  await run("openssl", [...NEW_KEY, "-subj", `/CN=${host}`, "-keyout", key, "-out", request]);
  await writeFile(extensions, `subjectAltName = DNS:${host}\n`);
  const signer = ["-CA", authority.certificate, "-CAkey", authority.key, "-CAcreateserial"];
  const files = ["-in", request, "-out", certificate, "-extfile", extensions];
  await run("openssl", ["x509", "-req", "-days", "2", ...signer, ...files]);
  return { certificate, key };
}

const NEW_KEY = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
