/**
 * Every backup command of the clients' guides, and the volume and snapshot commands around them, with what they print
 * when real Cinder 21.3.1 answers them. Where Ashlar differs, `differs` names the line of docs/differences.md.
 */
export interface Step {
  /** The client and its words. `{name}` stands for the id that a step has saved, and `{record:name}` for a record. */
  readonly line: string;
  /** @default {3.70} */
  readonly version?: string;
  /** @default {0} */
  readonly code?: number;
  /** A part of the message. */
  readonly error?: string;
  /** Fields of the answer; for a list, the column Name of its rows. */
  readonly out?: Readonly<Record<string, unknown>> | readonly string[];
  /** The name under which the answer's id is saved; for an export, its record. */
  readonly saves?: string;
  readonly differs?: {
    readonly heading: string;
    readonly code?: number;
    readonly error?: string;
    readonly out?: Step["out"];
  };
}

const NOBODY = "00000000-0000-4000-8000-000000000009";
const LONG = "x".repeat(256);
const unknown = (name: string): string => `No volumebackup with a name or ID of '${name}' exists.`;
/** Debian's client fails after the request was accepted. */
const crash = { code: 1, error: "cannot unpack non-iterable VolumeBackupsRestore object" } as const;
const dependents = "Invalid backup: Incremental backups exist for this backup. (HTTP 400)";
const driver = "cinder.backup.drivers.posix.PosixBackupDriver";

export const OPENSTACK: readonly Step[] = [
  { line: "openstack volume backup list", out: [] },
  {
    line: "openstack volume show disk",
    out: { name: "disk", status: "available", size: 1, encrypted: false, service_uuid: "{service}" },
    differs: {
      heading: "no volume service has a UUID",
      out: { name: "disk", status: "available", size: 1, encrypted: false, service_uuid: null },
    },
  },
  {
    ...{ line: "openstack volume backup create --name i0 --incremental disk", code: 1 },
    error: "Invalid backup: No backups available to do an incremental backup. (HTTP 400)",
  },
  {
    ...{ line: `openstack volume backup create --name x ${NOBODY}`, code: 1 },
    error: `No volume with a name or ID of '${NOBODY}' exists.`,
  },
  {
    line: "openstack volume backup create --name full --description first disk",
    out: { name: "full" },
    saves: "full",
  },
  { line: "openstack volume backup create --name i1 --incremental disk", out: { name: "i1" }, saves: "i1" },
  {
    ...{ line: "openstack volume snapshot create --volume disk snap", version: "3.66", code: 1 },
    error: "the 'force' option is invalid for this request.",
  },
  {
    ...{ line: "openstack volume snapshot create --volume disk snap", version: "3.65", saves: "snap" },
    out: { name: "snap", size: 1, volume_id: "{disk}" },
  },
  { line: "openstack volume snapshot list", out: ["snap"] },
  {
    line: "openstack volume snapshot show snap",
    out: { name: "snap", status: "available", progress: undefined },
  },
  {
    ...{ line: "openstack volume backup create --name i2 --incremental --snapshot snap disk", saves: "i2" },
    out: { name: "i2" },
  },
  {
    ...{ line: "openstack volume backup create --name x --snapshot nosnap disk", code: 1 },
    error: "No snapshot with a name or ID of 'nosnap' exists.",
  },
  {
    ...{ line: "openstack volume backup create --name x --snapshot snap other", code: 1 },
    error: "Invalid volume: Volume {other} does not match with snapshot.volume_id {disk}. (HTTP 400)",
  },
  { line: "openstack volume set --state in-use disk" },
  { line: "openstack volume show disk", out: { status: "in-use" } },
  {
    ...{ line: "openstack volume backup create --name x disk", code: 1 },
    error: "Invalid volume: Backing up an in-use volume must use the force flag. (HTTP 400)",
  },
  {
    line: "openstack volume backup create --name forced --force disk",
    out: { name: "forced" },
    saves: "forced",
  },
  { line: "openstack volume set --state available disk" },
  {
    line: "openstack volume backup create --name props --container box --property tier=gold --property k=v --availability-zone nova other",
    ...{ out: { name: "props" }, saves: "props" },
  },
  {
    ...{ line: "openstack volume backup create --name x --property a=b other", version: "3.42", code: 1 },
    error: "--os-volume-api-version 3.43 or greater is required to support the --property option",
  },
  {
    ...{ line: `openstack volume backup create --name ${LONG} other`, code: 1 },
    error: `Invalid input for field/attribute name. Value: ${LONG}. '${LONG}' is too long (HTTP 400)`,
  },
  { line: "openstack volume backup list", out: ["props", "forced", "i2", "i1", "full"] },
  {
    line: "openstack volume backup list --all-projects --long",
    out: ["props", "forced", "i2", "i1", "full"],
  },
  { line: "openstack volume backup list --name full", out: ["full"] },
  { line: "openstack volume backup list --name nothing", out: [] },
  { line: "openstack volume backup list --status error", out: [] },
  { line: "openstack volume backup list --status nonsense", code: 2, error: "invalid choice: 'nonsense'" },
  { line: "openstack volume backup list --volume other", out: ["props"] },
  { line: "openstack volume backup list --volume novolume", out: [] },
  { line: "openstack volume backup list --limit 1", out: ["props"] },
  {
    line: "openstack volume backup list --limit -1",
    code: 1,
    error: "--limit expected a non-negative integer",
  },
  { line: "openstack volume backup list --limit 2 --marker {forced}", out: ["i2", "i1"] },
  { line: "openstack volume backup list --marker full", out: [] },
  { line: "openstack volume backup list --marker nobackup", code: 1, error: unknown("nobackup") },
  {
    line: "openstack volume backup list --volume disk --status available --limit 3",
    out: ["forced", "i2", "i1"],
  },
  { line: "openstack volume backup list --name full", version: "3", out: ["full"] },
  {
    line: "openstack volume backup show full",
    out: {
      ...{
        id: "{full}",
        name: "full",
        description: "first",
        status: "available",
        size: 1,
        volume_id: "{disk}",
      },
      ...{
        is_incremental: false,
        has_dependent_backups: true,
        snapshot_id: null,
        fail_reason: null,
        metadata: {},
      },
      availability_zone: null,
    },
    differs: {
      heading: "the backup shows the zone that it was made in",
      out: { id: "{full}", availability_zone: "nova", object_count: 1, has_dependent_backups: true },
    },
  },
  { line: "openstack volume backup show i2", out: { is_incremental: true, snapshot_id: "{snap}" } },
  {
    line: "openstack volume backup show props",
    out: { container: "box", metadata: { k: "v", tier: "gold" } },
  },
  {
    line: "openstack volume backup show i1",
    version: "3.18",
    out: { metadata: undefined, user_id: undefined },
  },
  { line: "openstack volume backup show i1", version: "3.43", out: { metadata: {}, user_id: undefined } },
  { line: `openstack volume backup show ${NOBODY}`, code: 1, error: unknown(NOBODY) },
  { line: "openstack volume backup set --name first full" },
  { line: "openstack volume backup set --description words first" },
  { line: "openstack volume backup show {full}", out: { name: "first", description: "words" } },
  { line: "openstack volume backup set --name full first" },
  { line: "openstack volume backup set --property a=b --property tier=lead props" },
  { line: "openstack volume backup show props", out: { metadata: { a: "b", k: "v", tier: "lead" } } },
  { line: "openstack volume backup unset --property a props" },
  {
    ...{ line: "openstack volume backup unset --property zz props" },
    error: "'zz' is not a valid property for backup 'props'",
  },
  { line: "openstack volume backup show props", out: { metadata: { k: "v", tier: "lead" } } },
  { line: "openstack volume backup set --no-property props" },
  { line: "openstack volume backup show props", out: { metadata: {} } },
  {
    ...{ line: "openstack volume backup set --name z props", version: "3.8", code: 1 },
    error: "--os-volume-api-version 3.9 or greater is required to support the --name option",
  },
  { line: "openstack volume backup set --name z nobackup", code: 1, error: unknown("nobackup") },
  { line: "openstack volume backup set --state error props" },
  { line: "openstack volume backup show props", out: { status: "error", fail_reason: null } },
  { line: "openstack volume backup list --status error", out: ["props"] },
  {
    ...{ line: "openstack volume backup restore props new-x", code: 1 },
    error: "Invalid backup: Backup status must be available (HTTP 400)",
  },
  { line: "openstack volume backup set --state available props" },
  {
    line: "openstack volume backup set --state creating props",
    code: 2,
    error: "invalid choice: 'creating'",
  },
  { line: "openstack volume backup restore nobackup new-x", code: 1, error: unknown("nobackup") },
  {
    ...{ line: "openstack volume backup restore i1 other", code: 1 },
    error:
      "Volume 'other' already exists; if you want to restore the backup to it you need to specify the '--force' option",
  },
  { line: "openstack volume backup restore --force i1 other", ...crash },
  { line: "openstack volume show other", out: { status: "available" } },
  { line: "openstack volume backup restore i2 new", ...crash },
  { line: "openstack volume show new", out: { status: "available", size: 1 } },
  { line: "openstack volume set --state in-use other" },
  {
    ...{ line: "openstack volume backup restore --force i1 other", code: 1 },
    error: "Invalid volume: Volume to be restored to must be available (HTTP 400)",
  },
  { line: "openstack volume set --state available other" },
  { line: "openstack volume backup record export props", out: { backup_service: driver }, saves: "props" },
  { line: "openstack volume backup record export nobackup", code: 1, error: unknown("nobackup") },
  {
    ...{ line: `openstack volume backup record import ${driver} {record:props}`, code: 1 },
    error: "Invalid backup: Backup already exists in database. (HTTP 400)",
  },
  {
    ...{ line: `openstack volume backup record import ${driver} notbase64!`, code: 1 },
    error:
      "Invalid input for field/attribute backup_url. Value: notbase64!. 'notbase64!' is not a 'base64' (HTTP 400)",
  },
  {
    ...{ line: `openstack volume backup record import ${driver} e30=`, code: 1 },
    error: "Invalid input received: Provided backup record is missing an id (HTTP 400)",
  },
  {
    ...{ line: "openstack volume backup record import no.such.Driver {record:props}", code: 1 },
    error: "Invalid backup: Backup already exists in database. (HTTP 400)",
  },
  {
    ...{ line: "openstack volume backup delete full", code: 1 },
    error: `Failed to delete backup with name or ID 'full': ${dependents}`,
  },
  {
    ...{ line: "openstack volume backup delete nobackup", code: 1 },
    error: `Failed to delete backup with name or ID 'nobackup': ${unknown("nobackup")}`,
  },
  {
    line: "openstack volume backup delete nobackup forced",
    code: 1,
    error: "1 of 2 backups failed to delete.",
  },
  {
    ...{ line: "openstack volume delete disk", code: 1 },
    error: "Invalid volume: Volume status must be available or error or error_restoring",
  },
  { line: "openstack volume backup delete --force props" },
  { line: "openstack volume backup delete i2" },
  { line: "openstack volume backup delete i1" },
  { line: "openstack volume backup show full", out: { has_dependent_backups: false, status: "available" } },
  { line: "openstack volume backup delete {full}" },
  { line: "openstack volume backup list", out: [] },
  { line: "openstack volume snapshot delete snap" },
  { line: "openstack volume delete new" },
];

export const CINDER: readonly Step[] = [
  { line: "cinder backup-list", out: [] },
  {
    ...{ line: "cinder backup-create --name cx --incremental disk", code: 1 },
    error: "ERROR: Invalid backup: No backups available to do an incremental backup. (HTTP 400)",
  },
  {
    ...{ line: "cinder backup-create --name cx novolume", code: 1 },
    error: "ERROR: No volume with a name or ID of 'novolume' exists.",
  },
  {
    ...{
      line: "cinder backup-create --name cfull --description words --metadata k=v -- disk",
      saves: "cfull",
    },
    out: { name: "cfull", volume_id: "{disk}" },
  },
  {
    ...{ line: "cinder backup-create --name cinc --incremental {disk}", saves: "cinc" },
    out: { name: "cinc", volume_id: "{disk}" },
  },
  {
    line: "cinder snapshot-create --name csnap disk",
    out: { name: "csnap", volume_id: "{disk}" },
    saves: "csnap",
  },
  { line: "cinder backup-create --name csn --snapshot-id {csnap} disk", out: { name: "csn" }, saves: "csn" },
  { line: "cinder backup-list", out: ["cfull", "cinc", "csn"] },
  { line: "cinder backup-list --all-tenants", out: ["cfull", "cinc", "csn"] },
  { line: "cinder backup-list --name cfull", out: ["cfull"] },
  { line: "cinder backup-list --volume-id {disk} --status available", out: ["cfull", "cinc", "csn"] },
  { line: "cinder backup-list --limit 2", out: ["cinc", "csn"] },
  { line: "cinder backup-list --limit 2 --marker {csn}", out: ["cfull", "cinc"] },
  {
    ...{ line: `cinder backup-list --marker ${NOBODY}`, code: 1 },
    error: `ERROR: Backup ${NOBODY} could not be found. (HTTP 404)`,
  },
  { line: "cinder backup-list --with-count --limit 2", out: ["cinc", "csn"] },
  { line: "cinder backup-list --sort name:asc", out: ["cfull", "cinc", "csn"] },
  { line: "cinder backup-list --filters name=cfull", out: ["cfull"] },
  { line: "cinder backup-list --filters name~=cf", out: ["cfull"] },
  { line: "cinder backup-list --filters nonsense=1", out: [] },
  { line: "cinder backup-show cinc", out: { id: "{cinc}", is_incremental: "True", volume_id: "{disk}" } },
  { line: `cinder backup-show ${NOBODY}`, code: 1, error: `ERROR: ${unknown(NOBODY)}` },
  { line: "cinder backup-update --name cfirst cfull" },
  { line: "cinder backup-update --description other cfirst" },
  { line: "cinder backup-update --metadata a=b -- cfirst" },
  {
    ...{ line: "cinder backup-update cfirst", code: 1 },
    error: "ERROR: Must supply at least one: name, description or metadata.",
  },
  { line: "cinder backup-show {cfull}", out: { name: "cfirst", description: "other" } },
  { line: "cinder backup-reset-state --state error csn" },
  { line: "cinder backup-show csn", out: { status: "error" } },
  {
    ...{ line: "cinder backup-reset-state --state creating csn", code: 1 },
    error: "Backup status: creating is invalid, valid statuses are: ['available', 'error']. (HTTP 400)",
  },
  { line: "cinder backup-reset-state csn cinc" },
  {
    ...{ line: "cinder backup-restore --volume other {cfull}" },
    out: { backup_id: "{cfull}", volume_id: "{other}", volume_name: "other" },
  },
  { line: "cinder backup-restore --name cnew cinc", out: { backup_id: "{cinc}", volume_name: "cnew" } },
  { line: "cinder show cnew", out: { status: "available", name: "cnew" } },
  { line: "cinder backup-restore nobackup", code: 1, error: `ERROR: ${unknown("nobackup")}` },
  { line: "cinder backup-export csn", code: 1, error: "ERROR: Backup csn could not be found. (HTTP 404)" },
  { line: "cinder backup-export {csn}", out: { backup_service: driver } },
  {
    ...{ line: "cinder backup-import x nothing", code: 1 },
    error:
      "Invalid input for field/attribute backup_url. Value: nothing. 'nothing' is not a 'base64' (HTTP 400)",
  },
  { line: "cinder absolute-limits" },
  { line: "cinder service-list" },
  { line: "cinder availability-zone-list", out: ["nova"] },
  { line: "cinder type-list", out: ["__DEFAULT__"] },
  { line: "cinder version-list" },
  {
    line: "cinder backup-delete {cfull}",
    code: 1,
    error: "ERROR: Unable to delete any of the specified backups.",
  },
  {
    line: "cinder backup-delete nobackup",
    code: 1,
    error: "ERROR: Unable to delete any of the specified backups.",
  },
  { line: "cinder backup-delete --force csn" },
  { line: "cinder backup-delete nobackup cinc" },
  { line: "cinder backup-delete {cfull}" },
  { line: "cinder backup-list", out: [] },
  { line: "cinder snapshot-delete csnap" },
  { line: "cinder delete cnew" },
];
