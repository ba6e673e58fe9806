import test from "ava";
import { UsageError } from "../../../src/errors.js";
import { s3Url } from "../../../src/sinks/s3/address.js";
import { parseS3Url, printS3Url, resolveLocation } from "../../../src/sinks/s3/url.js";

test("a URL has one spelling", (t) => {
  const same: readonly (readonly [given: string, expected: string])[] = [
    ["s3://backups", "s3://backups"],
    ["S3://backups/", "s3://backups"],
    ["s3://backups?endpoint=HTTPS://S3.Example:443/", "s3://backups?endpoint=https://s3.example"],
    [
      "s3://backups?style=virtual&region=eu-1&endpoint=https%3A%2F%2Fs3.example%2Fbase",
      "s3://backups?endpoint=https://s3.example/base&region=eu-1&style=virtual",
    ],
  ];
  for (const [given, expected] of same) t.is(printS3Url(parseS3Url(given)), expected);
  for (const [, expected] of same) t.is(printS3Url(parseS3Url(expected)), expected);
});

test("what is no URL of a bucket is refused, and no key in it said", (t) => {
  const wrong = [
    "s3://",
    "s3:///path",
    "s3://a/b",
    "s3://key:secret@backups",
    "s3://backups?endpoint=ftp://x",
    "s3://backups?endpoint=https://key:secret@host",
    "s3://backups?endpoint=https://host?secret",
    "s3://backups?secret=1",
    "s3://backups?region=a&region=b",
    "s3://backups?region=a/b",
    "s3://backups?style=both",
    "s3://..",
    "s3://backups#secret",
  ];
  for (const text of wrong) {
    const error = t.throws(() => parseS3Url(text), { instanceOf: UsageError }, text);
    t.false(error.message.includes("secret"), error.message);
  }
});

test("AWS is found by the region, and buckets stand where they can", (t) => {
  t.deepEqual(resolveLocation({ bucket: "backups" }), {
    endpoint: "https://s3.us-east-1.amazonaws.com",
    region: "us-east-1",
    style: "virtual",
  });
  t.is(resolveLocation({ bucket: "with.dots" }).style, "path");
  t.is(
    resolveLocation({ bucket: "b-1", region: "cn-north-1" }).endpoint,
    "https://s3.cn-north-1.amazonaws.com.cn",
  );
  t.is(resolveLocation({ bucket: "b-1", endpoint: "https://x" }).style, "path");
});

test("addresses escape all but RFC 3986's unreserved characters", (t) => {
  const address = { endpoint: "https://host:8443/base/", style: "path" } as const;
  const location = { bucket: "bkt", key: "a/b +%!'()*~ü", query: { prefix: "x/y z", uploads: "" } };
  t.is(
    s3Url(address, location),
    "https://host:8443/base/bkt/a/b%20%2B%25%21%27%28%29%2A~%C3%BC?prefix=x%2Fy%20z&uploads=",
  );
  t.is(
    s3Url({ ...address, style: "virtual" }, location).slice(0, 36),
    "https://bkt.host:8443/base/a/b%20%2B",
  );
  t.is(s3Url(address, {}), "https://host:8443/base/");
});
