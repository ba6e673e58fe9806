import test from "ava";
import { IntegrityError } from "../../src/errors.js";
import { FakeHost } from "./fake-host.js";
import {
  BACKUP,
  FakeService,
  FULL,
  INCREMENTAL,
  OPERATION,
  RESTORED,
  VERIFIED,
  VOLUME,
} from "./fake-service.js";

interface Ran {
  readonly host: FakeHost;
  readonly service: FakeService;
  readonly code: number;
}

async function run(...args: string[]): Promise<Ran> {
  const service = new FakeService();
  const host = new FakeHost(service);
  return { host, service, code: await host.run(...args) };
}

/** Arguments, and what the service is asked for. */
const ASKED: readonly [args: string[], method: string, argument: unknown][] = [
  [
    ["volume", "create", "system", "--source", "/dev/sda"],
    "createVolume",
    { name: "system", source: "/dev/sda", description: undefined, metadata: {} },
  ],
  [
    [
      ...["volume", "create", "system", "--source", "disk", "--description", "root disk"],
      ...["--property", "tier=gold", "--property", "note=a=b", "--property", "tier=silver"],
    ],
    "createVolume",
    { name: "system", source: "disk", description: "root disk", metadata: { tier: "silver", note: "a=b" } },
  ],
  [["volume", "list"], "listVolumes", { allProjects: undefined }],
  [["volume", "list", "--all-projects"], "listVolumes", { allProjects: true }],
  [["volume", "show", "system"], "findVolume", "system"],
  [["volume", "delete", "system"], "deleteVolume", "system"],
  [
    ["volume", "backup", "create", "system", "--queue", "--retention", "30d", "--name", "monday"],
    "queueBackup",
    {
      ...{ volume: "system", name: "monday", metadata: {}, retentionMs: 30 * 86_400_000 },
      ...{ description: undefined, container: undefined, incremental: undefined, force: undefined },
      ...{ snapshot: undefined, availabilityZone: undefined },
    },
  ],
  [
    ["volume", "backup", "create", "system"],
    "createBackup",
    {
      volume: "system",
      name: undefined,
      description: undefined,
      container: undefined,
      incremental: undefined,
      force: undefined,
      snapshot: undefined,
      availabilityZone: undefined,
      metadata: {},
      hints: undefined,
    },
  ],
  [
    [
      ...[
        "volume",
        "backup",
        "create",
        "--name",
        "monday",
        "--description",
        "weekly",
        "--container",
        "vault",
      ],
      ...["--incremental", "--property", "k=v", "--force", "--availability-zone", "az1"],
      ...["--snapshot", "frozen", "system"],
    ],
    "createBackup",
    {
      volume: "system",
      name: "monday",
      description: "weekly",
      container: "vault",
      incremental: true,
      force: true,
      snapshot: "frozen",
      availabilityZone: "az1",
      metadata: { k: "v" },
      hints: undefined,
    },
  ],
  [
    ["volume", "backup", "create", "system", "--no-incremental"],
    "createBackup",
    {
      volume: "system",
      name: undefined,
      description: undefined,
      container: undefined,
      incremental: false,
      force: undefined,
      snapshot: undefined,
      availabilityZone: undefined,
      metadata: {},
      hints: undefined,
    },
  ],
  [
    ["volume", "backup", "list"],
    "listBackups",
    {
      ...{ name: undefined, status: undefined, volume: undefined, limit: undefined, marker: undefined },
      ...{ metadata: {}, sort: [], allProjects: undefined, inRepository: undefined },
    },
  ],
  [
    [
      ...["volume", "backup", "list", "--long", "--name", "n", "--status", "error", "--volume", "v"],
      ...["--limit", "0", "--marker", "m", "--all-projects", "--property", "a=b", "--sort", "name:asc,size"],
    ],
    "listBackups",
    {
      ...{ name: "n", status: "error", volume: "v", limit: 0, marker: "m", metadata: { a: "b" } },
      allProjects: true,
      inRepository: undefined,
      sort: [
        { key: "name", descending: false },
        { key: "size", descending: true },
      ],
    },
  ],
  [["volume", "backup", "show", "monday"], "findBackup", "monday"],
  [["volume", "backup", "delete", "monday"], "deleteBackup", "monday"],
  [["volume", "backup", "delete", "--force", "monday"], "deleteBackup", { name: "monday", force: true }],
  [["volume", "backup", "reset-state", "monday"], "resetBackup", { name: "monday", status: "available" }],
  [
    ["volume", "backup", "reset-state", "--state", "error", "monday"],
    "resetBackup",
    { name: "monday", status: "error" },
  ],
  [
    ["volume", "backup", "set", "--name", "n", "--property", "a=b", "monday"],
    "updateBackup",
    {
      ...{ backup: "monday", name: "n", description: undefined },
      ...{ metadata: { a: "b" }, replaceMetadata: undefined },
    },
  ],
  [
    ["volume", "backup", "unset", "--property", "a", "--property", "b", "monday"],
    "updateBackup",
    { backup: "monday", removedKeys: ["a", "b"] },
  ],
  [["volume", "set", "--state", "in-use", "system"], "resetVolume", { name: "system", status: "in-use" }],
  [
    ["volume", "set", "--name", "root", "--source", "/dev/sdb", "system"],
    "updateVolume",
    { volume: "system", name: "root", source: "/dev/sdb" },
  ],
  [["operation", "list"], "listOperations", undefined],
  [["operation", "cancel", "7"], "cancelOperation", 7],
  [
    ["volume", "backup", "prune", "--keep-last", "3", "--keep-monthly", "12", "--volume", "v", "--dry-run"],
    "pruneBackups",
    {
      ...{ last: 3, daily: undefined, weekly: undefined, monthly: 12, yearly: undefined },
      ...{ volume: "v", dryRun: true, allProjects: undefined },
    },
  ],
  [
    ["volume", "snapshot", "create", "frozen", "--volume", "system", "--source", "/view"],
    "createSnapshot",
    { name: "frozen", volume: "system", source: "/view", description: undefined, metadata: {} },
  ],
  [
    ["volume", "snapshot", "create", "system"],
    "createSnapshot",
    { name: "system", volume: "system", source: undefined, description: undefined, metadata: {} },
  ],
  [
    ["volume", "snapshot", "list", "--volume", "system", "--all-projects"],
    "listSnapshots",
    { volume: "system", allProjects: true },
  ],
  [["volume", "snapshot", "show", "frozen"], "findSnapshot", "frozen"],
  [
    ["volume", "snapshot", "set", "--name", "n", "--property", "a=b", "frozen"],
    "updateSnapshot",
    { snapshot: "frozen", name: "n", description: undefined, metadata: { a: "b" } },
  ],
  [["volume", "snapshot", "delete", "frozen"], "deleteSnapshot", "frozen"],
  [
    ["volume", "backup", "restore", "monday"],
    "restoreBackup",
    { backup: "monday", volume: undefined, force: undefined, forceInUse: undefined, salvage: undefined },
  ],
  [
    ["volume", "backup", "restore", "--force", "monday", "/dev/sdb"],
    "restoreBackup",
    { backup: "monday", volume: "/dev/sdb", force: true, forceInUse: undefined, salvage: undefined },
  ],
  [["volume", "backup", "consolidate", "monday"], "consolidateBackup", { backup: "monday" }],
  [["volume", "backup", "verify", "monday"], "verifyBackup", { backup: "monday", sample: undefined }],
  [
    ["volume", "backup", "verify", "--sample", "2.5%", "monday"],
    "verifyBackup",
    { backup: "monday", sample: 0.025 },
  ],
  ...(
    [
      ["10%", { share: 0.1 }],
      ["100%", { share: 1 }],
      ["1h", { durationMs: 3_600_000 }],
      ["50GiB", { size: 50 * 1024 ** 3 }],
      ["64M", { size: 64 * 1024 ** 2 }],
    ] as const
  ).map(([part, subset]): (typeof ASKED)[number] => [
    ["volume", "backup", "verify", "--read-data-subset", part, "monday"],
    "verifyBackup",
    { backup: "monday", sample: undefined, subset },
  ]),
  [["volume", "backup", "record", "export", "monday"], "exportRecord", "monday"],
  [["volume", "backup", "record", "export", "--all"], "exportRecords", undefined],
  [
    ["volume", "backup", "record", "import", "a.driver", "eyJ9"],
    "importRecord",
    { backup_service: "a.driver", backup_url: "eyJ9" },
  ],
  [
    ["volume", "backup", "record", "import", "a.driver", "eyJ9", "eyJ8"],
    "importRecords",
    {
      records: [
        { backup_service: "a.driver", backup_url: "eyJ9" },
        { backup_service: "a.driver", backup_url: "eyJ8" },
      ],
      keepOwner: undefined,
    },
  ],
  [["repository", "scan"], "scanRepository", { keepOwner: undefined, accept: undefined }],
  [["repository", "scan", "--keep-owner"], "scanRepository", { keepOwner: true, accept: undefined }],
  [["repository", "clean"], "cleanRepository", { remove: undefined, olderThanSeconds: undefined }],
  [
    ["repository", "clean", "--delete", "--older-than", "90m"],
    "cleanRepository",
    { remove: true, olderThanSeconds: 5400 },
  ],
  [["repository", "check"], "checkRepository", { listCount: undefined }],
  [["repository", "check", "--list-count", "5"], "checkRepository", { listCount: 5 }],
];

/** Verbs that print nothing. */
const SILENT: readonly string[] = ["delete", "set", "unset", "reset-state", "cancel"];

for (const [args, method, argument] of ASKED) {
  test(args.join(" "), async (t) => {
    const { host, service, code } = await run(...args);
    t.deepEqual(service.calls[0], { method, argument } as never);
    t.is(code, 0);
    t.regex(host.talk, method === "restoreBackup" ? /^ashlar: restored into ".*"\n$/ : /^$/);
    t.true(service.isClosed);
  });
}

test("every verb that prints takes -f and -c", async (t) => {
  for (const [args] of ASKED) {
    if (SILENT.some((verb) => args.includes(verb))) continue;
    const { host, code } = await run(...args, "-f", "json");
    t.is(code, 0);
    t.notThrows(() => JSON.parse(host.data), args.join(" "));
    const refused = await run(...args, "-c", "no such column");
    t.is(refused.code, 2);
    t.deepEqual(refused.service.calls, [], "a mistaken column is noticed before anything is done");
  }
});

test("flags of the command count before and after the verb", async (t) => {
  const before = await run("--state-dir", "/a", "volume", "list", "-f", "value");
  const after = await run("volume", "list", "-f", "value", "--state-dir", "/a");
  t.is(before.host.opened?.settings.stateDirectory, "/a");
  t.is(after.host.opened?.settings.stateDirectory, "/a");
  t.is(before.host.data, after.host.data);
});

test("backups as JSON have the Block Storage API's names and types", async (t) => {
  const { host } = await run("volume", "backup", "list", "--format", "json");
  t.deepEqual((JSON.parse(host.data) as unknown[])[0], {
    id: INCREMENTAL.backup.id,
    name: null,
    description: null,
    status: "available",
    size: 3,
    is_incremental: true,
    created_at: "2026-11-22T11:56:02.509000",
    availability_zone: "nova",
    volume_id: VOLUME.id,
    container: "b0/00/b0000000",
    object_count: 2,
    stored_size: null,
    volume_size: null,
    chain_length: 2,
    has_dependent_backups: false,
    stage: null,
    percent: null,
    bytes_done: null,
    bytes_per_second: null,
    seconds_left: null,
    parent_id: BACKUP.id,
    snapshot_id: null,
    data_timestamp: "2026-11-22T11:56:02.509000",
    updated_at: "2026-11-22T11:57:00.000000",
    fail_reason: null,
    hints_refused: null,
    lock_mode: null,
    locked_until: null,
    metadata: { reason: "nightly" },
    encryption_key_id: null,
    project_id: "admin",
    user_id: "admin",
    repository: "file:///srv/backups",
    service: "cinder.backup.drivers.posix.PosixBackupDriver",
    service_metadata: "volume_0a_20261122_backup_b0",
  });
});

test("a backup is chosen by its volume and its time", async (t) => {
  const choice = ["--volume", "system", "--at", "2026-11-22T11:56:02Z"];
  for (const verb of ["show", "verify", "restore"]) {
    const { code, host } = await run("volume", "backup", verb, "latest", ...choice);
    t.is(code, 0, host.talk);
  }
  const early = await run("volume", "backup", "show", "latest", "--at", "2026-11-22T11:56:01Z");
  t.is(early.code, 3, early.host.talk);
  t.regex(early.host.talk, /No available backup at or before 2026-11-22T11:56:01Z exists/);
  const wrong = await run("volume", "backup", "restore", "latest", "--at", "yesterday");
  t.is(wrong.code, 2);
  t.regex(wrong.host.talk, /Cannot use --at "yesterday": want YYYY-MM-DD/);
});

test("backups as a table have the openstack client's columns, except those that are empty", async (t) => {
  const { host } = await run("volume", "backup", "list");
  t.is(
    host.data.split("\n")[1]?.replaceAll(/ +/g, " "),
    "| ID | Name | Status | Size | Incremental | Created At | Volume |",
  );
  const [row] = host.data.split("\n").slice(3);
  t.regex(row!, /\| 3 GiB \|.*\| 2026-11-2\d \d\d:\d\d:02(Z|[+-]\d\d:\d\d) \| system /);
  const values = await run("volume", "backup", "list", "-f", "value");
  t.regex(values.host.data.split("\n")[0]!, / 3 True 2026-11-22T11:56:02\.509000$/);
  const long = await run("volume", "backup", "list", "--long");
  t.regex(
    long.host.data.split("\n")[1]!.replaceAll(/ +/g, " "),
    /Created At \| Availability Zone \| Volume \| Container \| Object Count \| Stored Size \| Chain Length \| Has Dependent Backups \|$/,
  );
});

test("a column may be named by the API's key or by its heading", async (t) => {
  const byKey = await run("volume", "backup", "show", "x", "-f", "value", "-c", "has_dependent_backups");
  const byHeading = await run("volume", "backup", "show", "x", "-f", "value", "-c", "Has Dependent Backups");
  t.is(byKey.host.data, "True\n");
  t.is(byHeading.host.data, "True\n");
});

test("a volume's size is in GiB, rounded up, and in bytes", async (t) => {
  const { host } = await run("volume", "show", "system", "-f", "json");
  const shown = JSON.parse(host.data) as Record<string, unknown>;
  t.is(shown.size, 3);
  t.is(shown.size_bytes, 3_000_000_000);
  t.is(shown.bootable, "false");
  t.is(shown.source, "/dev/vg0/system");
  t.deepEqual(shown.metadata, { tier: "gold", owner: "ops" });
});

test("restore says where the data is and what was checked", async (t) => {
  const { host } = await run("volume", "backup", "restore", "monday", "-f", "json");
  t.deepEqual(JSON.parse(host.data), {
    backup_id: BACKUP.id,
    volume_id: VOLUME.id,
    volume_name: "system",
    source: "/dev/vg0/system",
    restored_size: 3_000_000_000,
    verified_digests: 91_553,
  });
});

test("a scan prints what it skipped and why", async (t) => {
  const { host } = await run("repository", "scan", "-f", "csv");
  t.is(
    host.data,
    '"Finding","Backup ID","Volume ID","Container","Reason"\n' +
      '"skipped","","","b9","manifest ""volume_x_metadata"" is malformed"\n',
  );
});

test("a record is read from a file or from standard input", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  host.files.set("record.txt", "eyJmaWxlIn0=\n");
  host.standardInput = "eyJzdGRpbiJ9\n";
  t.is(await host.run("volume", "backup", "record", "import", "d", "@record.txt"), 0);
  t.is(await host.run("volume", "backup", "record", "import", "d", "-"), 0);
  const urls = service.calls
    .filter(({ method }) => method === "importRecord")
    .map(({ argument }) => argument);
  t.deepEqual(urls, [
    { backup_service: "d", backup_url: "eyJmaWxlIn0=" },
    { backup_service: "d", backup_url: "eyJzdGRpbiJ9" },
  ]);
  t.is(await host.run("volume", "backup", "record", "import", "d", "@nowhere"), 2);
});

test("many records are read from files and standard input, in every form that an export prints", async (t) => {
  const one = { backup_service: "d", backup_url: "eyJhIn0=" };
  const two = { backup_service: "d", backup_url: "eyJiIn0=" };
  const texts = [
    JSON.stringify([one, two], undefined, 2),
    `${JSON.stringify(one)}\n\n${JSON.stringify(two)}\n`,
    `d eyJhIn0=\nd eyJiIn0=\n`,
  ];
  for (const text of texts) {
    const service = new FakeService();
    const host = new FakeHost(service);
    host.files.set("all.json", text);
    host.standardInput = JSON.stringify(one);
    const from = ["--from", "all.json", "--from", "-", "--keep-owner"];
    t.is(await host.run("volume", "backup", "record", "import", ...from, "-f", "csv"), 0, host.talk);
    t.deepEqual(service.calls, [
      { method: "importRecords", argument: { records: [one, two, one], keepOwner: true } },
    ]);
    t.regex(host.data, /^"Finding","Backup ID","Missing Parent ID","Reason"\n"added",/);
  }
});

test("what is no record is refused with its place, before anything is imported", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  host.files.set("bad.json", '[{"backup_service": "d", "backup_url": "eyJhIn0="}, {"backup_service": 7}]');
  host.files.set("bad.txt", "d eyJhIn0=\nd\n");
  const run = (...args: string[]): Promise<number> =>
    host.run("volume", "backup", "record", "import", ...args);
  t.is(await run("--from", "bad.json"), 2);
  t.regex(host.talk, /Cannot read record 2 of "bad.json": want a JSON object/);
  t.is(await run("--from", "bad.txt"), 2);
  t.regex(host.talk, /Cannot read line 2 of "bad.txt"/);
  for (const args of [[], ["d"], ["d", "eyJhIn0=", "--from", "bad.txt"]]) t.is(await run(...args), 2);
  t.deepEqual(service.calls, []);
});

test("records that are refused are told with the others, and end it with exit code 4", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  const refused = {
    finding: "refused",
    backupId: "b-2",
    missingParentId: undefined,
    reason: "gone",
  } as const;
  service.imported = [...service.imported, refused];
  t.is(await host.run("volume", "backup", "record", "import", "d", "eyJ9", "eyJ8", "-f", "csv"), 4);
  t.regex(host.data, /"refused","b-2","","gone"/);
  t.is(host.talk, "ashlar: Cannot import 1 of 2 records: see their reasons\n");
});

test("a check that finds something bad prints its rows, and ends with exit code 1", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  const bad = { check: "list", finding: "bad", detail: "Cannot trust the list", advice: "see why" } as const;
  service.checks = [...service.checks, bad];
  t.is(await host.run("repository", "check", "-f", "csv"), 1);
  t.is(
    host.data,
    '"Check","Finding","Detail","Advice"\n"put","good","",""\n"list","bad","Cannot trust the list","see why"\n',
  );
  t.is(host.talk, "ashlar: Cannot rely on the repository: list failed\n");
  t.is(await host.run("repository", "check", "--list-count", "none"), 2);
  for (const age of ["24", "-1h", "1.5h", "1w", ""])
    t.is(await host.run("repository", "clean", `--older-than=${age}`), 2);
});

test("the service is opened with the digest engine that was asked for", async (t) => {
  const { host } = await run("volume", "list", "--digest-engine", "wasm");
  t.is(host.opened?.digestEngine, "wasm");
});

test("a cascade deletes the last of a chain first, and tells which before", async (t) => {
  const { host, service, code } = await run("volume", "backup", "delete", "--cascade", "monday");
  t.is(code, 0);
  t.is(host.talk, `ashlar: deleting ${INCREMENTAL.backup.id}, ${BACKUP.id}\n`);
  const deleted = service.calls
    .filter(({ method }) => method === "deleteBackup")
    .map(({ argument }) => argument);
  t.deepEqual(deleted, [INCREMENTAL.backup.id, BACKUP.id]);
});

test("a state is set after the rest, by ID, because the name may have changed", async (t) => {
  const { service } = await run("volume", "backup", "set", "--name", "n", "--state", "error", "monday");
  t.deepEqual(
    service.calls.map(({ method }) => method),
    ["updateBackup", "resetBackup"],
  );
  t.deepEqual(service.calls[1]!.argument, { name: BACKUP.id, status: "error" });
});

const REFUSED: readonly string[][] = [
  ["volume", "backup", "set", "--state", "deleting", "monday"],
  ["volume", "backup", "reset-state", "--state", "restoring", "monday"],
  ["volume", "set", "--state", "backing-up", "system"],
  ["volume", "backup", "list", "--sort", "nothing"],
  ["volume", "backup", "record", "export"],
  ["volume", "backup", "record", "export", "monday", "--all"],
  ["volume", "backup", "list", "--sort", "name:up"],
];
for (const args of REFUSED) {
  test(`refused before anything is done: ${args.join(" ")}`, async (t) => {
    const { service, code } = await run(...args);
    t.is(code, 2);
    t.deepEqual(service.calls, []);
  });
}

test("what is under way is shown on its backup and in a list", async (t) => {
  const service = new FakeService();
  service.findBackup = async () => ({ ...FULL, operations: [OPERATION] });
  const host = new FakeHost(service);
  await host.run("volume", "backup", "show", "monday", "-f", "json");
  t.like(JSON.parse(host.data), {
    stage: "running",
    percent: 50,
    bytes_done: 1_500_000_000,
    seconds_left: 3,
  });
  const { host: listing } = await run("operation", "list");
  t.regex(listing.data.split("\n")[1]!, /Number .* Kind .* Stage .* Percent .* Backup ID .* Volume/);
});

test("verify --against-source lists what differs, and exits with 12 if anything does", async (t) => {
  const service = new FakeService();
  const host = new FakeHost(service);
  const argv = ["volume", "backup", "verify", "--against-source", "disk", "monday", "-f", "json"];
  t.is(await host.run(...argv), 12);
  const place = { backup_id: VERIFIED.backup.id, source: "/dev/sdb" };
  t.deepEqual(JSON.parse(host.data), [
    { finding: "differs", offset: 8192, length: 4096, ...place },
    { finding: "beyond", offset: 65536, length: 10, ...place },
  ]);
  t.true(host.talk.includes(`differs from backup ${VERIFIED.backup.id} in 4096 bytes; it has 10 bytes more`));
  const different = await service.compareBackup({});
  service.compareBackup = async () => ({ ...different, differing: [], differingSize: 0, beyond: undefined });
  const equal = new FakeHost(service);
  t.is(await equal.run(...argv), 0);
  t.deepEqual(JSON.parse(equal.data), [{ finding: "equal", offset: 0, length: 65536, ...place }]);
  t.is(
    await new FakeHost(service).run(
      "volume",
      "backup",
      "verify",
      "--against-source",
      "a",
      "b",
      "--sample",
      "1%",
    ),
    2,
  );
});

test("restore --salvage lists what is lost and what is damaged, and exits with 9 if bytes are lost", async (t) => {
  const damage = new IntegrityError("Cannot read object: it is empty", { backupId: "b", objectName: "o" });
  const lost = [{ offset: 4096, length: 512, error: damage }];
  for (const salvage of [
    { lost, findings: [damage] },
    { lost: [], findings: [damage] },
  ]) {
    const service = new FakeService();
    service.restoreBackup = async () => ({ ...RESTORED, salvage });
    const host = new FakeHost(service);
    const code = await host.run("volume", "backup", "restore", "--salvage", "monday", "x", "-f", "json");
    const common = { backup_id: "b", object: "o", reason: "Cannot read object: it is empty" };
    const volume_id = RESTORED.volume.id;
    t.deepEqual(JSON.parse(host.data), [
      ...salvage.lost.map(({ offset, length }) => ({
        finding: "lost",
        offset,
        length,
        ...common,
        volume_id,
      })),
      { finding: "damaged", offset: null, length: null, ...common, volume_id },
    ]);
    t.is(code, salvage.lost.length > 0 ? 9 : 0);
    t.is(host.talk.includes("512 of"), salvage.lost.length > 0);
  }
  const { host, service, code } = await run("volume", "backup", "restore", "--salvage", "monday", "-");
  t.is(code, 2);
  t.deepEqual(service.calls, []);
  t.regex(host.talk, /^ashlar: Cannot salvage to standard output/);
});

test("verify --sample takes a percentage", async (t) => {
  for (const share of ["0%", "100%", "10", "-5%", "x%", "1e1%"]) {
    const { code, service, host } = await run("volume", "backup", "verify", `--sample=${share}`, "monday");
    t.is(code, 2, share);
    t.deepEqual(service.calls, []);
    t.regex(
      host.talk,
      /^ashlar: Cannot use --sample ".*": want a percentage above 0% and below 100%, e.g. 10%\n$/,
    );
  }
});
