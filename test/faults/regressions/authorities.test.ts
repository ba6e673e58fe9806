/** Which authorities are trusted: the documentation promises the system's, and Node by itself has a list of its own. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import test from "ava";
import { authorities } from "../../../src/node/http/authorities.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";
import { makeAuthority } from "../../sinks/http/certificates.js";

test("the system's bundle is trusted in place of Node's list, and further files beside it", async (t) => {
  const directory = await temporaryDirectory(t);
  const [system, named, extra] = await Promise.all(
    ["system", "named", "extra"].map(async (name) => (await makeAuthority(directory, name)).certificate),
  );
  const text = (path: string): Promise<string> => readFile(path, "utf8");
  const bundles = [join(directory, "none.pem"), system!];
  t.deepEqual(authorities({}, bundles), [await text(system!)]);
  t.deepEqual(authorities({ SSL_CERT_FILE: named }, bundles), [await text(named!)]);
  t.deepEqual(authorities({ NODE_EXTRA_CA_CERTS: extra }, bundles), [
    await text(system!),
    await text(extra!),
  ]);
  t.deepEqual(authorities({}, [join(directory, "none.pem"), join(directory, "system.key")]), [
    ...rootCertificates,
  ]);
});
