import { inspect } from "node:util";
import test from "ava";
import { Secret, shownValue, withoutSecrets } from "../../src/options/secret.js";
import { checkHeaders } from "../../src/sinks/http/headers.js";

test("a secret is neither printed nor stored", (t) => {
  const secret = new Secret("hush");
  t.is(secret.reveal(), "hush");
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect(secret),
    inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
    Object.entries(secret).join(),
  ];
  for (const text of shown) t.false(text.includes("hush"), text);
  t.is(inspect(secret), "[secret]");
  t.is(withoutSecrets("a hush b", [secret, ""]), "a *** b");
});

test("values are quoted without what may be a password", (t) => {
  const shown = [
    ["/srv/backups", "/srv/backups"],
    ["http://u:hush@host:1/x", "http://***@host:1/x"],
    ["http://u:hu/sh@host", "http://***@host"],
    ["u:hush@host:3128", "***@host:3128"],
    ["s3://bucket?key=hush", "s3://bucket?…"],
    ["https://host/#hush", "https://host/?…"],
    ["what?", "what?"],
  ] as const;
  for (const [value, wanted] of shown) t.is(shownValue(value), wanted);
});

test("a header that cannot be sent is refused without its value", (t) => {
  checkHeaders({ authorization: "Bearer abc.DEF_-=", "x-name": "\xfc" });
  for (const value of ["hush\n", "hu\rsh", "hush\0", "hush\u20ac"]) {
    const error = t.throws(() => checkHeaders({ "x-auth-token": value }), { message: /"x-auth-token"/ });
    t.false(error.message.includes("hu"));
  }
});
