/** Repositories other than directories, by URL and by the reference system's options; and their secrets. */
import test from "ava";
import { UsageError } from "../../src/errors.js";
import { resolveSettings, type SettingsFlags } from "../../src/settings/resolve.js";
import { SWIFT_OPTIONS } from "../../src/sinks/swift/options.js";
import { FakeHost } from "../cli/fake-host.js";
import { FakeService } from "../cli/fake-service.js";

interface Given {
  readonly flags?: SettingsFlags;
  readonly environment?: Record<string, string>;
  readonly file?: string;
}

async function resolve({ flags = {}, environment = {}, file }: Given) {
  const host = new FakeHost(new FakeService());
  host.environment = environment;
  if (file === undefined) return await resolveSettings(flags, host);
  host.files.set("/etc/c.conf", `[DEFAULT]\n${file}`);
  return await resolveSettings({ configFile: "/etc/c.conf", ...flags }, host);
}

async function repositoryOf(given: Given): Promise<string> {
  return (await resolve(given)).settings.repository;
}

const KEYSTONE = `
backup_driver = cinder.backup.drivers.swift.SwiftBackupDriver
backup_swift_auth = single_user
backup_swift_auth_version = 3
backup_swift_auth_url = https://keystone.example:5000/v3
backup_swift_user = ashlar
backup_swift_key = s3cr3t
backup_swift_project = backup
backup_swift_user_domain = Default
backup_swift_container = vault
backup_swift_object_size = 65536
backup_swift_block_size = 4096
backup_swift_enable_progress_timer = off
backup_enable_progress_timer = true
backup_posix_path = /left/over
`;

test("a cinder.conf with the Swift driver says everything", async (t) => {
  const { settings, repositories, sinkMemory } = await resolve({ file: KEYSTONE });
  t.is(
    settings.repository,
    "swift://keystone.example:5000/v3?auth_version=3&project=backup&user=ashlar&user_domain=Default",
  );
  t.is(settings.container, "vault");
  t.is(settings.fileSize, 65_536);
  t.is(settings.blockSize, 4096);
  t.false(settings.progressTimer);
  t.is(repositories.options.valuesOf(SWIFT_OPTIONS).backup_swift_key?.reveal(), "s3cr3t");
  t.deepEqual(sinkMemory, { bufferSize: 65_536, buffersMax: 3, isRemote: true, readBufferSize: 262_144 });
  t.notRegex(JSON.stringify(settings), /s3cr3t/, "what is recorded and printed has no secret");
});

test("a driver has three names", async (t) => {
  const environment = { ASHLAR_BACKUP_SWIFT_AUTH_URL: "http://h/auth/v1.0", ASHLAR_BACKUP_SWIFT_USER: "a:b" };
  const url = "swift+http://h/auth/v1.0?auth_version=1&user=a%3Ab";
  for (const name of [
    "swift",
    "cinder.backup.drivers.swift",
    "cinder.backup.drivers.swift.SwiftBackupDriver",
  ]) {
    t.is(await repositoryOf({ environment: { ...environment, ASHLAR_BACKUP_DRIVER: name } }), url, name);
  }
  await t.throwsAsync(resolve({ environment: { ASHLAR_BACKUP_DRIVER: "ceph" } }), {
    instanceOf: UsageError,
    message: /^Cannot use backup_driver "ceph" \(ASHLAR_BACKUP_DRIVER\): want one of posix \(/,
  });
});

test("a URL says what it says, and options the rest; one account has one URL", async (t) => {
  const environment = { ASHLAR_BACKUP_SWIFT_USER: "ashlar", ASHLAR_BACKUP_SWIFT_PROJECT: "backup" };
  const spelled = "swift://k.example/v3?auth_version=3&project=backup&user=ashlar";
  for (const repository of [
    "swift://k.example/v3",
    "swift://k.example/v3/",
    "SWIFT://K.example:443/v3?project=backup",
    "swift://k.example/v3?user=ashlar&project=backup&auth_version=3",
  ]) {
    t.is(await repositoryOf({ flags: { repository }, environment }), spelled, repository);
  }
  t.is(
    await repositoryOf({ flags: { repository: "swift://k.example/v3?project=other" }, environment }),
    "swift://k.example/v3?auth_version=3&project=other&user=ashlar",
  );
  const storage = "swift://s.example/v1/AUTH_x?endpoint=storage";
  t.is(await repositoryOf({ flags: { repository: storage } }), storage);
});

test("NFS and GlusterFS by option and by URL", async (t) => {
  const nfs =
    "backup_driver = cinder.backup.drivers.nfs.NFSBackupDriver\nbackup_share = [FD00::7]:/export/\n";
  t.is(await repositoryOf({ file: nfs }), "nfs://[fd00::7]/export");
  const gluster = "backup_driver = glusterfs\nglusterfs_backup_share = brick:backups\n";
  t.is(await repositoryOf({ file: gluster }), "glusterfs://brick/backups");
  t.is(await repositoryOf({ flags: { repository: "NFS://Filer/a//b/" } }), "nfs://filer/a/b");
  await t.throwsAsync(resolve({ environment: { ASHLAR_BACKUP_DRIVER: "nfs" } }), {
    instanceOf: UsageError,
    message:
      "Cannot use nfs: nothing to mount is given; set backup_share, or give a repository nfs://host/path",
  });
});

test("the nearest place that names a repository counts, by URL or by driver", async (t) => {
  const environment = { ASHLAR_REPOSITORY: "nfs://filer/export" };
  t.is(await repositoryOf({ file: KEYSTONE, environment }), "nfs://filer/export");
  const near = { option: ["backup_driver=posix", "backup_posix_path=/srv/near"] };
  t.is(await repositoryOf({ file: KEYSTONE, environment, flags: near }), "file:///srv/near");
  const swift = { option: ["backup_driver=swift"] };
  t.regex(await repositoryOf({ file: KEYSTONE, environment, flags: swift }), /^swift:\/\/keystone/);
  t.regex(
    await repositoryOf({ flags: swift, environment: { ASHLAR_REPOSITORY: "swift://x/v3" } }),
    /^swift:\/\/x/,
  );
});

test("a secret is not taken from the command line, nor from a URL, and never said", async (t) => {
  const secret = "s3cr3t";
  const refused: readonly SettingsFlags[] = [
    { option: [`backup_swift_key=${secret}`] },
    { option: [`backup_swift_token=${secret}`] },
    { repository: `swift://user:${secret}@host/v3` },
    { repository: `swift://host/v3?key=${secret}` },
    { repository: `swift://host/v3#${secret}` },
    { repository: `nfs://user:${secret}@host/x` },
    { repository: `ftp://user:${secret}@host/x` },
  ];
  for (const flags of refused) {
    const error = await t.throwsAsync(resolve({ flags }), { instanceOf: UsageError }, JSON.stringify(flags));
    t.notRegex(error!.message, /s3cr3t/);
  }
  const file = `${KEYSTONE}\nbackup_swift_key = $nothing_s3cr3t\n`;
  const error = await t.throwsAsync(resolve({ file }), { instanceOf: UsageError });
  t.regex(error!.message, /^Cannot use backup_swift_key \(\/etc\/c\.conf\): /);
});

test("wrong values of the driver that is used are refused, those of others are not looked at", async (t) => {
  const wrong = "backup_swift_retry_attempts = many\n";
  await t.notThrowsAsync(resolve({ file: wrong }));
  for (const line of [
    "backup_swift_auth_url = ftp://x",
    "backup_swift_auth_url = https://user:pw@x/v3",
    "backup_swift_auth_version = 2",
    "backup_swift_object_size = 0",
    "backup_swift_segment_size = 1X",
  ]) {
    const [name] = line.split(" ");
    await t.throwsAsync(
      resolve({ file: `${KEYSTONE}${line}\n` }),
      {
        instanceOf: UsageError,
        message: new RegExp(`^Cannot use ${name} "`),
      },
      line,
    );
  }
  t.is(
    await repositoryOf({ file: "backup_swift_url = http://swift/v1/AUTH_\n" }),
    "file:///home/mason/.local/state/ashlar/repository",
  );
});

test("limits of bandwidth are flags and variables", async (t) => {
  const environment = { ASHLAR_LIMIT_UPLOAD: "10M", ASHLAR_LIMIT_DOWNLOAD: "500" };
  const { repositories } = await resolve({ environment, flags: { limitDownload: "2K" } });
  t.is(repositories.limitUpload, 10 * 1024 * 1024);
  t.is(repositories.limitDownload, 2048);
  await t.throwsAsync(resolve({ flags: { limitUpload: "fast" } }), {
    instanceOf: UsageError,
    message:
      'Cannot use limit_upload "fast" (--limit-upload): want a whole number above 0, of bytes or with K, M or G behind it',
  });
});
