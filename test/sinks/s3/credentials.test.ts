import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { UsageError } from "../../../src/errors.js";
import { nodeClock } from "../../../src/node/clock.js";
import { nodeFileSystem } from "../../../src/node/files/file-system.js";
import { revealed, Secret } from "../../../src/options/secret.js";
import { type Environment, type GivenKeys, s3Credentials } from "../../../src/sinks/s3/credentials.js";
import { temporaryDirectory } from "../../helpers/temporary-directory.js";

const HOME = "/nowhere";

async function fileWith(t: ExecutionContext, text: string): Promise<string> {
  const directory = await temporaryDirectory(t);
  const path = join(directory, "credentials");
  await writeFile(path, text);
  return path;
}

/** In the clear, for comparisons. */
async function keysOf(given: GivenKeys, environment: Environment, homeDirectory = HOME): Promise<unknown> {
  const host = { clock: nodeClock, fileSystem: nodeFileSystem, environment, homeDirectory };
  const { accessKeyId, secretAccessKey, sessionToken } = (await s3Credentials(given, host)())!;
  const keys = { accessKeyId, secretAccessKey: revealed(secretAccessKey) };
  return sessionToken === undefined ? keys : { ...keys, sessionToken: revealed(sessionToken) };
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
  const given = { accessKeyId: "K", secretAccessKey: new Secret("s") };
  t.deepEqual(await keysOf(given, { ...NAMED, ...file }), { accessKeyId: "K", secretAccessKey: "s" });
  const ofEnvironment = { accessKeyId: "ENVKEY", secretAccessKey: "env", sessionToken: "t" };
  t.deepEqual(await keysOf({}, { ...NAMED, ...file }), ofEnvironment);
  t.deepEqual(await keysOf({}, { ...NAMED, ...file, AWS_PROFILE: "work.eu" }), ofEnvironment);
  t.deepEqual(await keysOf({}, file), {
    accessKeyId: "FILEKEY",
    secretAccessKey: "file/secret+with=signs",
  });
});

test("a profile is named by AWS_PROFILE, in the credentials file or in the configuration file", async (t) => {
  const path = await fileWith(t, FILE);
  const file = { AWS_SHARED_CREDENTIALS_FILE: path };
  t.deepEqual(await keysOf({}, { ...file, AWS_PROFILE: "work.eu" }), {
    accessKeyId: "WORKKEY",
    secretAccessKey: "work",
    sessionToken: "session",
  });
  const config = await fileWith(
    t,
    '[profile "far away"]\naws_access_key_id: C\naws_secret_access_key: c # d\n',
  );
  t.deepEqual(await keysOf({}, { AWS_CONFIG_FILE: config, AWS_PROFILE: "far away" }), {
    accessKeyId: "C",
    secretAccessKey: "c # d",
  });
});

test("the files are looked for in the home directory, and named with ~ and variables", async (t) => {
  const path = await fileWith(t, FILE);
  const home = join(path, "..");
  for (const name of ["~/credentials", "$DIR/credentials", "$" + "{DIR}/credentials"]) {
    const environment = { AWS_SHARED_CREDENTIALS_FILE: name, DIR: home };
    t.like(await keysOf({}, environment, home), { accessKeyId: "FILEKEY" }, name);
  }
});

test("no keys, or half of them, are refused by name and without their values", async (t) => {
  const path = await fileWith(t, FILE);
  const file = { AWS_SHARED_CREDENTIALS_FILE: path };
  const wrong = [
    keysOf({ secretAccessKey: new Secret("secret") }, {}),
    keysOf({}, { AWS_SECRET_ACCESS_KEY: "secret" }),
    keysOf({}, { ...file, AWS_PROFILE: "half" }),
    keysOf({}, { ...file, AWS_PROFILE: "none" }),
    keysOf({}, { AWS_SHARED_CREDENTIALS_FILE: `${path}-missing` }),
  ];
  for (const keys of wrong) {
    const error = await t.throwsAsync(keys, {
      instanceOf: UsageError,
      message: /^Cannot sign requests to S3: /,
    });
    t.false(/"secret"|HALF/.test(error.message));
  }
});

test("what botocore would do and Ashlar does not is refused, whatever keys there are beside it", async (t) => {
  const keys = "aws_access_key_id = K\naws_secret_access_key = hush\n";
  const shared = await fileWith(t, `[default]\nrole_arn = arn:x\n${keys}`);
  const message = /^Cannot sign requests to S3 by profile "default": its role_arn is not supported/;
  await t.throwsAsync(keysOf({}, { AWS_SHARED_CREDENTIALS_FILE: shared }), { message });
  for (const name of ["sso_session", "credential_process"]) {
    const config = await fileWith(t, `[default]\n${name} = x\n${keys}`);
    const wanted = new RegExp(`its ${name} is not supported`);
    await t.throwsAsync(keysOf({}, { AWS_CONFIG_FILE: config }), { message: wanted });
  }
  const broken = await fileWith(t, `${keys}`);
  const error = await t.throwsAsync(keysOf({}, { AWS_SHARED_CREDENTIALS_FILE: broken }), {
    message: /by the keys in ".*": line 1: no section has begun$/,
  });
  t.false(error.message.includes("hush"));
});
