/** The claim that is exchanged for an access token (RFC 7523), checked with Node's own cryptography. */
import { generateKeyPairSync, verify } from "node:crypto";
import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { parseServiceAccountKey, serviceAccountToken } from "../../../src/sinks/gcs/service-account.js";
import { FakeClient, fakeTime } from "../http/fake-client.js";

function keyPair(type: "ec" | "rsa"): { privateKey: string; publicKey: string } {
  const publicKeyEncoding = { type: "spki", format: "pem" } as const;
  const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
  return type === "rsa"
    ? generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding })
    : generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding, privateKeyEncoding });
}

function tokenOf(privateKey: string, client: FakeClient) {
  const account = { type: "service_account", client_email: "a@b.example", private_key_id: "k1" };
  const uri = "https://token.example/token";
  const key = parseServiceAccountKey(JSON.stringify({ ...account, private_key: privateKey, token_uri: uri }));
  return serviceAccountToken({ http: client, clock: fakeTime().clock, key }).token(undefined);
}

test("the claim has the account, the scope and an hour, and is signed with its key", async (t) => {
  const { privateKey, publicKey } = keyPair("rsa");
  const client = new FakeClient([{ status: 200, body: '{"access_token":"t","expires_in":3600}' }]);
  t.is(await tokenOf(privateKey, client), "t");
  const form = new URLSearchParams(client.bodies[0]);
  t.is(form.get("grant_type"), "urn:ietf:params:oauth:grant-type:jwt-bearer");
  const [header = "", claim = "", signature = ""] = form.get("assertion")!.split(".");
  const decode = (text: string): unknown => JSON.parse(Buffer.from(text, "base64url").toString());
  t.deepEqual(decode(header), { alg: "RS256", typ: "JWT", kid: "k1" });
  const iat = Date.UTC(2026, 0, 1) / 1000;
  t.deepEqual(decode(claim), {
    iss: "a@b.example",
    scope: "https://www.googleapis.com/auth/devstorage.full_control",
    aud: "https://token.example/token",
    iat,
    exp: iat + 3600,
  });
  const signed = Buffer.from(`${header}.${claim}`);
  t.true(verify("RSA-SHA256", signed, publicKey, Buffer.from(signature, "base64url")));
});

test("a key of another kind is refused, and no part of it repeated", async (t) => {
  const { privateKey } = keyPair("ec");
  const error = await t.throwsAsync(tokenOf(privateKey, new FakeClient([])), { instanceOf: UsageError });
  t.is(error!.message, 'Cannot use the credential file: its "private_key" is no RSA key');
});
