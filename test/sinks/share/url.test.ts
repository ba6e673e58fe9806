import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { parseShareUrl, printShare, printShareUrl, shareOf } from "../../../src/sinks/share/url.js";

test("host:path in all its forms, and its URL", (t) => {
  const forms = [
    ["nfs", "filer:/export/backups", "nfs://filer/export/backups"],
    ["nfs", "Filer.Example:/export/", "nfs://filer.example/export"],
    ["nfs", "192.0.2.7:/a b/ü", "nfs://192.0.2.7/a%20b/%C3%BC"],
    ["nfs", "[FD00::7]:/export", "nfs://[fd00::7]/export"],
    ["nfs", "[fe80::1%eth0]:/export", "nfs://[fe80::1%eth0]/export"],
    ["nfs", "filer:/", "nfs://filer/"],
    ["glusterfs", "brick1:backups", "glusterfs://brick1/backups"],
    ["glusterfs", "[fd00::7]:backups/sub", "glusterfs://[fd00::7]/backups/sub"],
  ] as const;
  for (const [protocol, text, url] of forms) {
    const share = shareOf(protocol, text);
    t.is(printShareUrl(share), url);
    t.is(printShareUrl(parseShareUrl(url)), url);
    t.is(printShare(parseShareUrl(url)), printShare(share));
  }
});

test("what is no share is refused", (t) => {
  for (const text of [
    "",
    "filer",
    "filer:",
    "filer:export",
    "fd00::7:/export",
    "-o:/x",
    "a b:/x",
    ":/x",
    "u@h:/x",
    "h:/a\nb",
  ]) {
    t.throws(() => shareOf("nfs", text), { instanceOf: UsageError, message: /^Cannot use share / }, text);
  }
  for (const url of [
    "nfs://",
    "nfs:///x",
    "nfs://user:secret@filer/x",
    "nfs://filer/x?o=1",
    "nfs://filer/%zz",
    "smb://x/y",
  ]) {
    const error = t.throws(() => parseShareUrl(url), { instanceOf: UsageError }, url);
    t.notRegex(error!.message, /secret/);
  }
});
