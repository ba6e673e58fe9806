import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { UsageError } from "../../../src/errors.js";
import { awsCredentials } from "../../../src/node/http/aws-credentials.js";

async function fileWith(t: ExecutionContext, text: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-keys-"));
  t.teardown(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "credentials");
  await writeFile(path, text);
  return path;
}

const FILE = `
[default]
aws_access_key_id = FILEKEY
aws_secret_access_key = file/secret+with=signs

[work.eu]
AWS_ACCESS_KEY_ID=WORKKEY
aws_secret_access_key=work
aws_session_token=session
; a comment
[half]
aws_access_key_id = HALF
`;
const NAMED = { AWS_ACCESS_KEY_ID: "ENVKEY", AWS_SECRET_ACCESS_KEY: "env", AWS_SESSION_TOKEN: "t" };

test("options count before the environment, and that before the file", async (t) => {
  const path = await fileWith(t, FILE);
  const file = { AWS_SHARED_CREDENTIALS_FILE: path };
  const given = { accessKeyId: "K", secretAccessKey: "s" };
  t.deepEqual(await awsCredentials(given, { ...NAMED, ...file })(), given);
  t.deepEqual(await awsCredentials({}, { ...NAMED, ...file })(), {
    accessKeyId: "ENVKEY",
    secretAccessKey: "env",
    sessionToken: "t",
  });
  t.deepEqual(await awsCredentials({}, file)(), {
    accessKeyId: "FILEKEY",
    secretAccessKey: "file/secret+with=signs",
  });
});

test("a profile that is named is meant, whatever the environment has", async (t) => {
  const path = await fileWith(t, FILE);
  const named = { ...NAMED, AWS_SHARED_CREDENTIALS_FILE: path, AWS_PROFILE: "work.eu" };
  t.deepEqual(await awsCredentials({}, named)(), {
    accessKeyId: "WORKKEY",
    secretAccessKey: "work",
    sessionToken: "session",
  });
});

test("no keys, or half of them, are refused by name and without their values", async (t) => {
  const path = await fileWith(t, FILE);
  const file = { AWS_SHARED_CREDENTIALS_FILE: path };
  const wrong = [
    awsCredentials({ secretAccessKey: "secret" }, {}),
    awsCredentials({}, { AWS_SECRET_ACCESS_KEY: "secret" }),
    awsCredentials({}, { ...file, AWS_PROFILE: "half" }),
    awsCredentials({}, { ...file, AWS_PROFILE: "none" }),
    awsCredentials({}, { AWS_SHARED_CREDENTIALS_FILE: `${path}-missing` }),
  ];
  for (const credentials of wrong) {
    const error = await t.throwsAsync(credentials(), {
      instanceOf: UsageError,
      message: /^Cannot sign requests to S3: /,
    });
    t.false(/"secret"|HALF/.test(error.message));
  }
});
