import test from "ava";
import { UsageError } from "../../src/errors.js";
import type { NotificationBus } from "../../src/service/settings.js";
import { type ResolvedSettings, resolveSettings, type SettingsFlags } from "../../src/settings/resolve.js";
import { FakeHost } from "../cli/fake-host.js";
import { FakeService } from "../cli/fake-service.js";

interface Given {
  readonly flags?: SettingsFlags;
  readonly environment?: Record<string, string>;
  /** Content of the file `/etc/c.conf`. */
  readonly file?: string;
}

async function resolve({ flags = {}, environment = {}, file }: Given): Promise<ResolvedSettings> {
  const host = new FakeHost(new FakeService());
  host.environment = environment;
  if (file === undefined) return await resolveSettings(flags, host);
  host.files.set("/etc/c.conf", file);
  return await resolveSettings({ configFile: "/etc/c.conf", ...flags }, host);
}

test("the defaults are the reference system's, in the XDG state directory", async (t) => {
  const { repositories, ...resolved } = await resolve({});
  const { options: _, ...limits } = repositories;
  t.deepEqual(
    { ...resolved, repositories: limits },
    {
      settings: {
        stateDirectory: "/home/mason/.local/state/ashlar",
        repository: "file:///home/mason/.local/state/ashlar/repository",
        catalog: undefined,
        hostName: undefined,
        compression: "zlib",
        levels: { zlib: 6, bz2: 9, zstd: 3 },
        fileSize: 1_999_994_880,
        blockSize: 32_768,
        container: undefined,
        availabilityZone: "nova",
        progressTimer: true,
        timerInterval: 120,
        objectsPerNotification: 10,
        notificationLog: undefined,
        notificationWebhook: undefined,
        useTempSnapshot: false,
        notificationBus: undefined,
        concurrentObjects: 4,
        coalesceGap: 65_536,
        hintSample: 4603,
        checkEncoded: false,
        history: undefined,
        fullReadInterval: 10,
        maxOperations: 15,
        workers: 1,
        maxMemory: undefined,
        retention: { mode: "governance", durationMs: undefined },
      },
      repositories: { limitUpload: undefined, limitDownload: undefined },
      sinkMemory: { bufferSize: 0 },
      encryption: {
        encryption_key: [],
        identity: undefined,
        passphrase_file: undefined,
        plain_repositories: [],
      },
      historyIdentity: undefined,
      digestEngine: "auto",
      caller: { userId: "admin", projectId: "admin", roles: ["admin"] },
      warnings: [],
    },
  );
});

test("XDG_STATE_HOME counts when it is absolute", async (t) => {
  const absolute = await resolve({ environment: { XDG_STATE_HOME: "/var/state" } });
  t.is(absolute.settings.stateDirectory, "/var/state/ashlar");
  const relative = await resolve({ environment: { XDG_STATE_HOME: "state" } });
  t.is(relative.settings.stateDirectory, "/home/mason/.local/state/ashlar");
});

test("a flag comes before the environment, that before the file, that before the default", async (t) => {
  const file = "[DEFAULT]\nbackup_file_size = 32768\n";
  const environment = { ASHLAR_BACKUP_FILE_SIZE: "65536" };
  const flags = { option: ["backup_file_size=98304", "backup_file_size=131072"] };
  t.is((await resolve({ flags, environment, file })).settings.fileSize, 131_072);
  t.is((await resolve({ environment, file })).settings.fileSize, 65_536);
  t.is((await resolve({ file })).settings.fileSize, 32_768);
  t.is((await resolve({ environment: { ASHLAR_BACKUP_FILE_SIZE: "" }, file })).settings.fileSize, 32_768);
});

test("state directory, digest engine and configuration file have a flag and a variable each", async (t) => {
  const environment = { ASHLAR_STATE_DIR: "/from/variable", ASHLAR_DIGEST_ENGINE: "wasm" };
  const byVariable = await resolve({ environment });
  t.is(byVariable.settings.stateDirectory, "/from/variable");
  t.is(byVariable.digestEngine, "wasm");
  const byFlag = await resolve({ environment, flags: { stateDir: "mine", digestEngine: "native" } });
  t.is(byFlag.settings.stateDirectory, "/here/mine");
  t.is(byFlag.digestEngine, "native");

  const host = new FakeHost(new FakeService());
  host.environment = { ASHLAR_CONFIG_FILE: "/etc/v.conf" };
  host.files.set("/etc/v.conf", "[DEFAULT]\nstorage_availability_zone = roof\n");
  host.files.set("/etc/f.conf", "[DEFAULT]\nstorage_availability_zone = cellar\n");
  t.is((await resolveSettings({}, host)).settings.availabilityZone, "roof");
  t.is((await resolveSettings({ configFile: "/etc/f.conf" }, host)).settings.availabilityZone, "cellar");
});

/** With its URL in the clear. */
function shownBus(bus: NotificationBus | undefined): unknown {
  return bus && { ...bus, transportUrl: bus.transportUrl.reveal() };
}

test("events go to a broker where a driver or a broker of their own is named; its URL is never said", async (t) => {
  const url = "rabbit://cinder:hush@broker:5672/";
  const usual = { topics: ["notifications"], exchange: "cinder", isEnveloped: true };
  const busOf = async (file: string, environment = {}): Promise<unknown> =>
    shownBus((await resolve({ file: `[DEFAULT]\n${file}`, environment })).settings.notificationBus);
  t.is(await busOf(`transport_url = ${url}`), undefined);
  t.is(await busOf("transport_url = fake:/"), undefined);
  t.deepEqual(await busOf(`transport_url = ${url}\n[oslo_messaging_notifications]\ndriver = messagingv2`), {
    ...usual,
    transportUrl: url,
  });
  const own = `[oslo_messaging_notifications]\ntransport_url = ${url}\ntopics = a, b\ndriver = `;
  t.deepEqual(await busOf(`transport_url = fake:/\n${own}messaging`), {
    ...{ transportUrl: url, topics: ["a", "b"], exchange: "cinder", isEnveloped: false },
  });
  t.is(await busOf(`${own}noop`), undefined);
  t.deepEqual(await busOf("", { ASHLAR_NOTIFICATION_TRANSPORT_URL: url }), { ...usual, transportUrl: url });
  const wrong: [string, Record<string, string>, RegExp][] = [
    ["notification_driver = messagingv2", {}, /want transport_url to name a broker$/],
    [
      "notification_driver = pigeon",
      {},
      /^Cannot use notification_driver "pigeon" .*: want one of messagingv2/,
    ],
    [
      "",
      { ASHLAR_NOTIFICATION_TRANSPORT_URL: "rabbit//:hush@h" },
      /^Cannot use notification_transport_url \(ASHLAR/,
    ],
    [
      "notification_driver = messagingv2\ntransport_url = fake:/hush",
      {},
      /^Cannot use transport_url: want rabbit:/,
    ],
  ];
  for (const [file, environment, message] of wrong) {
    const error = await t.throwsAsync(busOf(file, environment), { message });
    t.false(error?.message.includes("hush"));
  }
  const flags = { option: [`transport_url=${url}`] };
  const byFlag = await t.throwsAsync(resolve({ flags }), { message: /others can read the command line/ });
  t.false(byFlag?.message.includes("hush"));
});

test("the caller is named by flags, by Ashlar's variables, or by the OpenStack clients'", async (t) => {
  const callerOf = async (given: Parameters<typeof resolve>[0]): Promise<unknown> =>
    (await resolve(given)).caller;
  const openstack = { OS_PROJECT_ID: "p1", OS_USER_ID: "u1" };
  t.deepEqual(await callerOf({ environment: openstack }), {
    ...{ userId: "u1", projectId: "p1", roles: ["admin"] },
  });
  const environment = {
    ...openstack,
    ASHLAR_PROJECT: "p2",
    ASHLAR_USER: "u2",
    ASHLAR_ROLES: "member, reader",
  };
  t.deepEqual(await callerOf({ environment }), {
    ...{ userId: "u2", projectId: "p2", roles: ["member", "reader"] },
  });
  const flags = { project: "p3", user: "u3", roles: "reader" };
  t.deepEqual(await callerOf({ environment, flags }), {
    ...{ userId: "u3", projectId: "p3", roles: ["reader"] },
  });
  await t.throwsAsync(callerOf({ flags: { roles: "king" } }), {
    message: 'Cannot use --roles "king": want reader, member, admin, or several of them between commas',
  });
  await t.throwsAsync(callerOf({ environment: { OS_PROJECT_ID: "a\nb" } }), {
    message: /Cannot act for project/,
  });
});

test("a whole cinder.conf is accepted: other options, other sections, references", async (t) => {
  const file = `
# comment
[DEFAULT]
my_ip = 10.0.0.1
state_path = /srv/cinder
enabled_backends = lvm,ceph
backup_driver = cinder.backup.drivers.posix.PosixBackupDriver
backup_posix_path = \${state_path}/backup
backup_container = "vault"
backup_compression_algorithm = off
backup_sha_block_size_bytes = 65536
backup_enable_progress_timer = False
backup_file_size = 131072
backup_swift_url = http://swift
debug = true
[lvm]
backup_file_size = 1
volume_group = vg
[keystone_authtoken]
password = $ecret
`;
  const { settings } = await resolve({ file });
  t.deepEqual(settings, {
    catalog: undefined,
    hostName: undefined,
    stateDirectory: "/home/mason/.local/state/ashlar",
    repository: "file:///srv/cinder/backup",
    compression: "none",
    levels: { zlib: 6, bz2: 9, zstd: 3 },
    fileSize: 131_072,
    blockSize: 65_536,
    container: "vault",
    availabilityZone: "nova",
    progressTimer: false,
    timerInterval: 120,
    objectsPerNotification: 10,
    notificationLog: undefined,
    notificationWebhook: undefined,
    notificationBus: undefined,
    useTempSnapshot: false,
    concurrentObjects: 4,
    coalesceGap: 65_536,
    hintSample: 4603,
    checkEncoded: false,
    history: undefined,
    fullReadInterval: 10,
    maxOperations: 15,
    workers: 1,
    maxMemory: undefined,
    retention: { mode: "governance", durationMs: undefined },
  });
});

test("references in a file: the reference system's state path, dollar signs, names without a value", async (t) => {
  const path = async (text: string): Promise<string> =>
    (await resolve({ file: `[DEFAULT]\nbackup_posix_path = ${text}\n` })).settings.repository;
  t.is(await path("$state_path/backup"), "file:///var/lib/cinder/backup");
  t.is(await path("/srv/a$$b"), "file:///srv/a$b");
  await t.throwsAsync(path("$nowhere/backup"), {
    instanceOf: UsageError,
    message:
      'Cannot use backup_posix_path "$nowhere/backup" (/etc/c.conf): "$nowhere" in it has no value; write $$ for a dollar sign',
  });
  await t.throwsAsync(path("$backup_posix_path"), { instanceOf: UsageError, message: /refers to itself/ });
});

test("the repository is a path or a file URL, and one directory has one URL", async (t) => {
  for (const repository of [
    "/srv/backups",
    "/srv/backups/",
    "file:///srv/backups",
    "file:/srv/backups/",
    "FILE:///srv/backups",
    "file:///srv/%62ackups",
  ]) {
    t.is((await resolve({ flags: { repository } })).settings.repository, "file:///srv/backups", repository);
  }
  t.is((await resolve({ flags: { repository: "backups" } })).settings.repository, "file:///here/backups");
  t.is((await resolve({ flags: { repository: "a b" } })).settings.repository, "file:///here/a%20b");
});

test("other kinds of repository are refused by name", async (t) => {
  for (const repository of ["file://host/path", "file:relative", "file:///a%2Fb", "file:///a%zz"]) {
    await t.throwsAsync(
      resolve({ flags: { repository } }),
      {
        instanceOf: UsageError,
        message: `Cannot use repository "${repository}": want a path or a URL of the form file:///path`,
      },
      repository,
    );
  }
});

test("of several places that name a repository the nearest counts, and its URL before the path", async (t) => {
  const file = "[DEFAULT]\nbackup_posix_path = /from/file\n";
  const environment = { ASHLAR_REPOSITORY: "/from/variable" };
  const flags = { option: ["backup_posix_path=/from/flag"] };
  t.is((await resolve({ file })).settings.repository, "file:///from/file");
  t.is((await resolve({ file, environment })).settings.repository, "file:///from/variable");
  t.is((await resolve({ file, environment, flags })).settings.repository, "file:///from/flag");
  const both = { ...flags, repository: "/from/url" };
  t.is((await resolve({ flags: both })).settings.repository, "file:///from/url");
});

const REFUSED: readonly [pair: string, wanted: string][] = [
  ["backup_file_size=1e6", "want a whole number of bytes above 0, in digits"],
  ["backup_file_size=-32768", "want a whole number of bytes above 0, in digits"],
  ["backup_file_size= 32768", "want a whole number of bytes above 0, in digits"],
  ["backup_file_size=0", "want a whole number of bytes above 0, in digits"],
  ["backup_sha_block_size_bytes=99999999999999999999", "want a whole number of bytes above 0, in digits"],
  ["backup_compression_algorithm=lzma", "want zlib or gzip, bz2 or bzip2, zstd, none, off or no"],
  ["backup_zlib_level=0", "want a whole number from 1 to 9"],
  ["backup_bz2_level=10", "want a whole number from 1 to 9"],
  ["backup_zstd_level=23", "want a whole number from 1 to 22"],
  ["backup_zstd_level=fast", "want a whole number from 1 to 22"],
  ["backup_create_containers=maybe", "want one of true, 1, on, yes, false, 0, off, no"],
];

for (const [pair, wanted] of REFUSED) {
  test(`refused: --option "${pair}"`, async (t) => {
    const [name, value] = pair.split("=");
    await t.throwsAsync(resolve({ flags: { option: [pair] } }), {
      instanceOf: UsageError,
      message: `Cannot use ${name} "${value}" (--option): ${wanted}`,
    });
  });
}

test("a refused value's message names the variable or the file that it came from", async (t) => {
  await t.throwsAsync(resolve({ environment: { ASHLAR_BACKUP_FILE_SIZE: "x" } }), {
    message: /^Cannot use backup_file_size "x" \(ASHLAR_BACKUP_FILE_SIZE\): /,
  });
  await t.throwsAsync(resolve({ file: "[DEFAULT]\nbackup_file_size = x\n" }), {
    message: /^Cannot use backup_file_size "x" \(\/etc\/c\.conf\): /,
  });
});

test("an object size that is no multiple of the block size is refused", async (t) => {
  await t.throwsAsync(resolve({ flags: { option: ["backup_file_size=100000"] } }), {
    instanceOf: UsageError,
    message: "Cannot use object size 100000: want a multiple of the block size 32768",
  });
});

test("an option flag that names no option, or no value, is refused", async (t) => {
  await t.throwsAsync(resolve({ flags: { option: ["backup_fil_size=1"] } }), {
    instanceOf: UsageError,
    message: 'Cannot set option "backup_fil_size": there is none; did you mean backup_file_size?',
  });
  await t.throwsAsync(resolve({ flags: { option: ["backup_file_size"] } }), {
    message: 'Cannot use --option "backup_file_size": want NAME=VALUE',
  });
  await t.throwsAsync(resolve({ flags: { stateDir: "" } }), {
    message: 'Cannot use --state-dir "": want a value',
  });
});

test("an option flag without a value takes back what the environment says", async (t) => {
  const environment = { ASHLAR_BACKUP_CONTAINER: "vault", ASHLAR_BACKUP_FILE_SIZE: "65536" };
  const { settings } = await resolve({
    environment,
    flags: { option: ["backup_container=", "backup_file_size="] },
  });
  t.is(settings.container, undefined);
  t.is(settings.fileSize, 1_999_994_880);
});

test("a digest engine that there is not is refused", async (t) => {
  await t.throwsAsync(resolve({ environment: { ASHLAR_DIGEST_ENGINE: "gpu" } }), {
    instanceOf: UsageError,
    message: 'Cannot use digest_engine "gpu" (ASHLAR_DIGEST_ENGINE): want one of auto, wasm, native',
  });
});

test("a configuration file that cannot be read is refused, with the cause", async (t) => {
  const error = await t.throwsAsync(resolve({ flags: { configFile: "/nowhere" } }), {
    instanceOf: UsageError,
  });
  t.regex(error.message, /^Cannot read configuration file "\/nowhere": /);
  t.regex((error.cause as Error).message, /ENOENT/);
});

test("variables that look like options and are none get a warning with the nearest name", async (t) => {
  const { warnings } = await resolve({
    environment: {
      ASHLAR_BACKUP_COMPRESION_ALGORITHM: "none",
      ASHLAR_BACKUP_EMPTY: "",
      ASHLAR_DEBUG: "1",
      OTHER: "x",
    },
  });
  t.deepEqual(warnings, [
    "ASHLAR_BACKUP_COMPRESION_ALGORITHM is not an option and is ignored; did you mean ASHLAR_BACKUP_COMPRESSION_ALGORITHM?",
  ]);
});

test("a catalog in PostgreSQL comes from the flag, the environment or the file, and its password from no flag", async (t) => {
  const url = "postgresql://ashlar:sesame@db.example.org/ashlar?sslmode=verify-full";
  for (const given of [{ environment: { ASHLAR_CATALOG: url } }, { file: `[DEFAULT]\ncatalog = ${url}` }]) {
    const { catalog } = (await resolve(given)).settings;
    t.is(catalog?.shown, "postgresql://db.example.org/ashlar");
    t.is(catalog?.url.reveal(), url);
    t.false(JSON.stringify(catalog).includes("sesame"));
  }
  const flags = { catalog: "postgresql://ashlar@db/ashlar" };
  t.is((await resolve({ flags })).settings.catalog?.shown, "postgresql://db/ashlar");
  const refused: readonly [given: Given, message: RegExp][] = [
    [{ flags: { catalog: url } }, /^Cannot use --catalog with a password: others can read the command line/],
    [{ flags: { option: [`catalog=${url}`] } }, /^Cannot set catalog by --option: others can read/],
    [
      { environment: { ASHLAR_CATALOG: "sesame" } },
      /^Cannot use catalog \(ASHLAR_CATALOG\): want postgresql:/,
    ],
  ];
  for (const [given, message] of refused) {
    const error = await t.throwsAsync(resolve(given), { instanceOf: UsageError, message });
    t.false(error?.message.includes("sesame"));
  }
});
