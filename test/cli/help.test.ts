import test from "ava";
import { SERVICE_OPTIONS } from "../../src/settings/options.js";
import { SINKS } from "../../src/sinks/registry.js";
import { FakeHost } from "./fake-host.js";
import { FakeService } from "./fake-service.js";

async function help(...args: string[]): Promise<string> {
  const host = new FakeHost(new FakeService());
  const code = await host.run(...args);
  if (code !== 0 || host.talk !== "") throw new Error(`Ended with ${code}: ${host.talk}`);
  return host.data;
}

/** Kinds of repositories, the directory first. */
const NAMES = SINKS.map(({ name }) => name).join(", ");

const ROOT = `Usage: ashlar [options] [command]

Backs up block volumes as streams, in OpenStack Cinder's format.

Options:
  -V, --version                 output the version number
  --state-dir <path>            directory of the catalog and of volumes that restores create
                                (ASHLAR_STATE_DIR; default: ashlar in the XDG state directory)
  --catalog <url>               catalog for several hosts, in PostgreSQL:
                                postgresql://USER@HOST/DATABASE, see docs/fleet.md (ASHLAR_CATALOG;
                                default: a file in the state directory)
  --repository <url>            where backups are stored: a path or a URL, see docs/stores.md
                                (ASHLAR_REPOSITORY; default: backup_posix_path, else repository in
                                the state directory)
  --config-file <path>          read options from this file, which may be a cinder.conf
                                (ASHLAR_CONFIG_FILE)
  --encryption-key <ids>        encrypt backups with this key, see docs/encryption.md
                                (ASHLAR_ENCRYPTION_KEY)
  --identity <path>             file of age identities that open the key (ASHLAR_IDENTITY)
  --passphrase-file <path>      file with a passphrase that opens the key (ASHLAR_PASSPHRASE_FILE)
  --digest-engine <engine>      auto, wasm or native (ASHLAR_DIGEST_ENGINE; default: auto)
  --limit-upload <rate>         limit on bytes written per second, e.g. 10M (ASHLAR_LIMIT_UPLOAD)
  --limit-download <rate>       limit on bytes read per second, e.g. 10M (ASHLAR_LIMIT_DOWNLOAD)
  --project <id>                project to act in (ASHLAR_PROJECT, OS_PROJECT_ID; default: admin)
  --user <id>                   user to act as (ASHLAR_USER, OS_USER_ID; default: admin)
  --roles <roles>               admin, member, reader (ASHLAR_ROLES; default: admin)
  --log-requests                log every call of the repository as a line of JSON on standard error
                                (ASHLAR_LOG_REQUESTS)
  --option <name=value>         set one of the options below; may be repeated
  --progress <style>            how to show progress on standard error (choices: "auto", "bar",
                                "json", "none", default: "auto")
  --quiet                       print no progress and no warnings
  -h, --help                    display help for command

Commands:
  volume                        volumes, snapshots and backups
  repository                    the repository of backups
  operation                     running and waiting operations
  worker                        processes that run queued operations
  limit                         limits of hosts, projects and repositories
  batch                         backups of many volumes by a plan
  catalog                       the catalog as a whole
  schedule                      runs of plans at set times
  serve [options]               serve the Block Storage API v3 for backups, volumes and snapshots
                                until it is stopped
  memory [options]              show how much memory operations plan to take with these options, and
                                what Cinder's guide expects
  benchmark [options] [volume]  measure settings on this machine and this repository, and recommend
                                some
  completion <shell>            print a script for shell completion
  help [verb...]                show the help of a verb

Options by Cinder's names, as --option NAME=VALUE, as ASHLAR_NAME, or in the [DEFAULT] section of
the configuration file:
  backup_driver                          kind of store: ${NAMES}
                                         (default: cinder.backup.drivers.posix.PosixBackupDriver)
  backup_compression_algorithm           zlib (or gzip), bz2 (or bzip2), zstd, none (or off, no)
                                         (default: zlib)
  backup_zlib_level                      from 1 (fast) to 9 (small) (default: 6)
  backup_bz2_level                       from 1 to 9: blocks of that many times 100 kB (default: 9)
  backup_zstd_level                      from 1 (fast) to 22 (small, slow and much memory) (default:
                                         3)
  backup_use_temp_snapshot               read a volume that is in use from a snapshot that exists
                                         for the backup only (default: false)
  backup_timer_interval                  seconds between two progress events (default: 120)
  backup_object_number_per_notification  objects between two progress events (default: 10)
  backup_notification_log                file that events are appended to as lines of JSON; - for
                                         standard error
  backup_notification_webhook            URL that events are posted to as JSON
  notification_driver                    messagingv2 sends events to the broker of transport_url
  notification_transport_url             broker for events only, in the form of transport_url; needs
                                         no notification_driver
  transport_url                          message broker, rabbit://USER:PASSWORD@HOST:PORT/VHOST (not
                                         accepted on the command line)
  notification_topics                    topics of events, separated by commas; the routing key is
                                         TOPIC.info or TOPIC.error (default: notifications)
  control_exchange                       exchange that events are published to (default: cinder)
  backup_concurrent_objects              objects that one operation stores, or loads, at once; raise
                                         it for a store with high latency (default: 4)
  backup_coalesce_gap                    merge changes separated by at most this much unchanged data
                                         into one object, e.g. 64K; 0 disables (default: 65536)
  backup_check_encoded                   decompress what was compressed, and compare it with what
                                         was read, before it is stored (default: false)
  backup_hint_sample                     blocks that are read to check hints about what changed, and
                                         statements about holes; the default detects hints that are
                                         wrong in 0.1 % of the blocks in 99 of 100 cases (default:
                                         4603)
  backup_full_read_interval              one of so many backups of a chain reads the whole volume in
                                         spite of hints; 0 for none (default: 10)
  backup_max_memory                      limit on the planned memory of all concurrent operations in
                                         all processes, e.g. 512M or 2G; operations wait, or fail if
                                         they can never fit
  backup_max_operations                  limit on concurrent backups and restores in all processes
                                         that share the catalog; the others wait; 0 for no limit
                                         (default: 15)
  backup_workers                         processes that run the backups and restores of \`ashlar
                                         serve\`; 1 is the server itself, 0 leaves them to \`ashlar
                                         worker run\` (default: 1)
  encryption_key                         id of the key that encrypts backups, as repository key init
                                         prints it; after a rotation, all that are in use, separated
                                         by commas, the newest first (default: no encryption)
  identity                               file of age identities that open the key
  passphrase_file                        file whose first line is a passphrase that opens the key
  plain_repositories                     URLs of repositories that are not encrypted although
                                         encryption_key is set, separated by commas (default: none)
  history_key                            public key of the signed history, as repository history key
                                         prints it; after a change of keys, all that signed,
                                         separated by commas (default: no history)
  history_identity                       file of the Ed25519 private key that signs the history, in
                                         PEM
  storage_availability_zone              availability zone recorded in backups (default: nova)
  catalog                                as --catalog; here with a password too (not accepted by
                                         --option)
  host                                   name of this host in a catalog of several; hosts that see
                                         the same paths may share one (default: the system's)
  backup_posix_path                      directory of the repository, if no repository URL is given
  backup_container                       container of backups that name none; default: every backup
                                         has its own
  backup_file_size                       maximum bytes of the volume in one object; a multiple of
                                         the block size (default: 1999994880)
  backup_sha_block_size_bytes            unit of change tracking (default: 32768)
  backup_enable_progress_timer           send progress events by time as well as by objects
                                         (default: true)
  backup_create_containers               create missing containers (default: true)
  backup_retention                       how long new backups, and all that they are based on,
                                         cannot be deleted, e.g. 30d; default: no lock
  backup_retention_mode                  the lock of new backups: governance or compliance (the
                                         store's object lock), hold (until it is released), advisory
                                         (Ashlar's own refusal, for stores without locks) (default:
                                         governance)
The options of other repositories (nfs, glusterfs, swift, s3, gcs) are in docs/stores.md.

Exit codes:
  0    success
  1    any other failure, such as storage that cannot be read or written
  2    usage: an option, argument or value was not accepted
  3    not found: no such volume, backup, container or object
  4    invalid state: refused in the current state
  5    integrity: stored data differs from what was backed up
  6    forbidden: the caller's roles do not allow it
  7    incomplete: some volumes of a batch were backed up, others failed
  8    no volume of a batch was backed up
  9    lost: a salvage restored the volume without some of its data
  10   lease lost: another process took this one for dead, or the catalog was away for too long
  11   locked: the backup may be deleted later; the message has the date
  12   differs: the volume has other bytes than the backup it was compared with
  129  stopped by SIGHUP
  130  stopped by SIGINT
  143  stopped by SIGTERM
`;

test("--help of the command", async (t) => {
  t.is(await help("--help"), ROOT);
  t.is(await help("help"), ROOT);
});

test("the help of every verb names its flags and those that all verbs have", async (t) => {
  const text = await help("volume", "backup", "create", "--help");
  for (const flag of [
    "--incremental",
    "--container",
    "--property",
    "-f, --format",
    "-c, --column",
    "--state-dir",
  ]) {
    t.true(text.includes(flag), flag);
  }
  t.regex(await help("help", "volume"), /^Usage: ashlar volume /);
});

test("the main verbs have examples at the end, and global options are printed once", async (t) => {
  for (const verb of ["create", "restore", "prune"]) {
    const text = await help("volume", "backup", verb, "--help");
    t.regex(text, new RegExp(`\\nExamples:\\n  ashlar volume backup ${verb} `), verb);
    t.false(text.includes("--config-file"), verb);
  }
});

test("the help names every option", async (t) => {
  const text = await help("--help");
  for (const name of Object.keys(SERVICE_OPTIONS)) t.true(text.includes(`\n  ${name} `), name);
});

test("--version prints the version alone", async (t) => {
  t.is(await help("--version"), "1.2.3\n");
});
