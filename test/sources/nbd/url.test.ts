import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { isNbdUrl, parseNbdUrl } from "../../../src/sources/nbd/url.js";

test("URLs of exports", (t) => {
  t.deepEqual(parseNbdUrl("nbd://example.org"), {
    address: { host: "example.org", port: 10_809 },
    exportName: "",
    usesTls: false,
  });
  t.deepEqual(parseNbdUrl("nbds://[::1]:99/a%20b/c%23"), {
    address: { host: "::1", port: 99 },
    exportName: "a b/c#",
    usesTls: true,
  });
  t.deepEqual(parseNbdUrl("nbd+unix:///disk?socket=/run/a%20b.sock"), {
    address: { socketPath: "/run/a b.sock" },
    exportName: "disk",
    usesTls: false,
  });
  t.deepEqual(parseNbdUrl("nbd+unix:////disk?socket=x"), {
    address: { socketPath: "x" },
    exportName: "/disk",
    usesTls: false,
  });
});

test("a wrong URL is refused with its reason", (t) => {
  for (const [text, reason] of [
    ["nbd:", /it names no host/],
    ["nbd:///x", /it names no host/],
    ["nbd://h:99999/x", /it is no URL/],
    ["nbd://h/%zz", /percent sign/],
    ["nbd://h/x#y", /fragment/],
    ["nbd://h/x?socket=/y", /unknown parameter "socket"/],
    ["nbd+unix:///x", /no socket=PATH/],
    ["nbd+unix:///x?socket=", /no socket=PATH/],
    ["nbd+unix://h/x?socket=/y", /names the host "h"/],
    ["nbd+vsock://1/x", /the scheme is "nbd\+vsock:"/],
    [`nbd://h/${"x".repeat(5000)}`, /longer than 4096/],
  ] as const)
    t.throws(() => parseNbdUrl(text), { instanceOf: UsageError, message: reason }, text);
});

test("a password in a URL is not repeated", (t) => {
  const error = t.throws(() => parseNbdUrl("nbd://user:hunter2@host/x"), { instanceOf: UsageError });
  t.false(error.message.includes("hunter2"));
});

test("only these schemes are URLs of volumes", (t) => {
  for (const text of ["nbd://h", "NBD://h", "nbds://h", "nbd+unix:///?socket=x", "nbd+what://"])
    t.true(isNbdUrl(text), text);
  for (const text of ["nbd", "/nbd:/x", "./nbd:x", "s3:nbd:", "nbdx://h"]) t.false(isNbdUrl(text), text);
});
