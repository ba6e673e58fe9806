/** `ashlar repository serve`: what it asks of its host, and what it refuses before. */
import test from "ava";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

function createHost(): FakeHost {
  const host = new FakeHost(new FakeService());
  host.files.set("token", "0123456789abcdef\n");
  host.files.set("short", "0123456789abcde\n");
  host.files.set("spaced", "0123456789 abcdefg");
  return host;
}

test("serves images on this machine alone where nothing is said, and says how to read them", async (t) => {
  const host = createHost();
  t.is(await host.run("repository", "serve", "--image"), 0);
  t.like(host.served, { host: "127.0.0.1", port: 8459, token: undefined, cacheSize: undefined });
  t.is(host.served?.repository, "file:///home/mason/.local/state/ashlar/repository");
  t.is(host.opened, undefined, "the catalog is not opened");
  t.regex(host.data, /^http:\/\/127\.0\.0\.1:8459\/\n/);
  for (const tool of ["curl -r", "nbdkit -r curl", "qemu-img convert", "qemu-nbd --read-only"])
    t.true(host.data.includes(tool), tool);
  t.regex(host.talk, /^ashlar: images take at most \d+ MiB\n$/);
});

test("flags", async (t) => {
  const host = createHost();
  const flags = ["--listen", "[::1]:0", "--token-file", "token", "--cache-size", "8M"];
  t.is(await host.run("--repository", "/srv/backups", "repository", "serve", "--image", ...flags), 0);
  t.is(host.served?.repository, "file:///srv/backups");
  t.like(host.served, { host: "::1", port: 0, token: "0123456789abcdef", cacheSize: 8 * 1024 * 1024 });
  t.false(host.data.includes("0123456789abcdef"));
  t.regex(host.data, /# a token is required/);
});

const WRONG: readonly (readonly [flags: readonly string[], exitCode: number, message: RegExp])[] = [
  [[], 2, /required option '--image' not specified/],
  [["--image", "--listen", "8459"], 2, /Cannot listen on "8459": want an address and a port/],
  [["--image", "--listen", "127.0.0.1:65536"], 2, /want an address and a port/],
  [["--image", "--listen", "::1:80"], 2, /want an address and a port/],
  [["--image", "--cache-size", "lots"], 2, /Cannot use --cache-size "lots": want a whole number/],
  [["--image", "--token-file", "nowhere"], 2, /Cannot read the token in "nowhere"/],
  [["--image", "--token-file", "short"], 2, /Cannot use the token in "short": want at least 16 characters/],
  [["--image", "--token-file", "spaced"], 2, /without spaces/],
];

for (const [flags, exitCode, message] of WRONG) {
  test(`refuses ${flags.join(" ") || "to serve nothing"}`, async (t) => {
    const host = createHost();
    t.is(await host.run("repository", "serve", ...flags), exitCode);
    t.regex(host.talk, message);
    t.is(host.served, undefined);
  });
}
