/**
 * A Ceph cluster of one node on the loopback address, from Debian's packages: a monitor, one storage daemon on a file,
 * and radosgw, which speaks S3. Needs `ceph-mon ceph-osd radosgw ceph-common`, and to be root.
 */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AwsV4Signer } from "aws4fetch";
import { type Daemon, run, startDaemon, untilReady } from "./daemon.js";
import { freePorts } from "./python-server.js";

export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface S3Server {
  readonly endpoint: string;
  /** A user who has no buckets yet, and whose buckets' names are apart from other users'. */
  makeAccount(): Promise<S3Account>;
  stop(): Promise<void>;
}

const ADMIN: S3Account = { accessKeyId: "ashlar-admin", secretAccessKey: "ashlar-admin-secret" };
/** The size of the file that objects go to; sparse. */
const STORE_SIZE = 24 * 1024 ** 3;

export interface RadosServer extends S3Server {
  /** Path of the cluster's `ceph.conf`. */
  readonly configFile: string;
}

export async function startRadosgw(): Promise<RadosServer> {
  const directory = await mkdtemp(join(tmpdir(), "ashlar-radosgw-"));
  const daemons: Daemon[] = [];
  const stop = async (): Promise<void> => {
    for (const daemon of daemons.reverse()) await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    return { ...(await startCluster(directory, daemons)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startCluster(directory: string, daemons: Daemon[]): Promise<Omit<RadosServer, "stop">> {
  const [monitorPort = 0, port = 0] = await freePorts(2);
  const endpoint = `http://127.0.0.1:${port}`;
  const configFile = join(directory, "ceph.conf");
  const environment = { CEPH_ARGS: `-c ${configFile}` };
  const start = (command: string, ...args: string[]): Daemon => {
    const daemon = startDaemon(command, ["-f", ...args], environment);
    daemons.push(daemon);
    return daemon;
  };
  const ceph = (...args: string[]): Promise<string> => run("ceph", args, environment);

  for (const name of ["mon", "osd", "run"]) await mkdir(join(directory, name));
  const fsid = randomUUID();
  await writeFile(configFile, configuration(directory, { fsid, monitorPort, port }));
  await makeMonitor(directory, { fsid, monitorPort, environment });
  const monitor = start("ceph-mon", "-i", "a");
  await untilReady("ceph-mon", async () => (await ceph("--connect-timeout", "5", "-s")) !== "", {
    daemon: monitor,
  });
  await ceph("osd", "new", randomUUID());
  await run("ceph-osd", ["-i", "0", "--mkfs", "--osd-uuid", await osdUuid(ceph)], environment);
  const osd = start("ceph-osd", "-i", "0");
  await untilReady("ceph-osd", async () => /\b1 up\b/.test(await ceph("osd", "stat")), { daemon: osd });
  const gateway = start("radosgw", "-n", "client.rgw");
  await untilReady("radosgw", async () => (await fetch(endpoint)).ok, { daemon: gateway });
  await makeAdministrator(environment);
  return { endpoint, configFile, makeAccount: () => makeAccount(endpoint) };
}

async function osdUuid(ceph: (...args: string[]) => Promise<string>): Promise<string> {
  const { osds } = JSON.parse(await ceph("osd", "dump", "-f", "json")) as { osds: { uuid: string }[] };
  return osds[0]!.uuid;
}

/** One copy of everything; journals and caches small; no manager, which only gathers statistics. */
function configuration(
  directory: string,
  { fsid, monitorPort, port }: { fsid: string; monitorPort: number; port: number },
): string {
  const options = {
    fsid,
    mon_host: `127.0.0.1:${monitorPort}`,
    mon_initial_members: "a",
    public_addr: "127.0.0.1",
    cluster_addr: "127.0.0.1",
    ms_bind_ipv6: false,
    run_dir: join(directory, "run"),
    admin_socket: join(directory, "run", "$name.asok"),
    log_file: "/dev/null",
    mon_cluster_log_file: "/dev/null",
    keyring: join(directory, "keyring"),
    mon_data: join(directory, "mon"),
    osd_data: join(directory, "osd"),
    mon_data_avail_warn: 1,
    mon_data_avail_crit: 1,
    mon_max_pg_per_osd: 500,
    mon_allow_pool_size_one: true,
    osd_pool_default_size: 1,
    osd_pool_default_min_size: 1,
    osd_pool_default_pg_num: 1,
    osd_pool_default_pgp_num: 1,
    osd_pool_default_pg_autoscale_mode: "off",
    osd_crush_chooseleaf_type: 0,
    osd_memory_target: 939_524_096,
    bluestore_block_size: STORE_SIZE,
    bluestore_cache_autotune: false,
    bluestore_cache_size: 134_217_728,
  };
  const gateway = {
    rgw_frontends: `beast endpoint=127.0.0.1:${port}`,
    rgw_thread_pool_size: 32,
    // Buckets in front of this name; everything else is taken by its path.
    rgw_dns_name: "s3.localhost",
    // So that objects in parts can be small.
    rgw_multipart_min_part_size: 65_536,
    // So that encryption with a customer's key can be tried without certificates.
    rgw_crypt_require_ssl: false,
  };
  return `[global]\n${lines(options)}\n[client.rgw]\n${lines(gateway)}\n`;
}

function lines(options: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(options)
    .map(([name, value]) => `${name} = ${value}`)
    .join("\n");
}

async function makeMonitor(
  directory: string,
  cluster: { fsid: string; monitorPort: number; environment: Record<string, string> },
): Promise<void> {
  const { fsid, monitorPort, environment } = cluster;
  const keyring = join(directory, "keyring");
  const map = join(directory, "monmap");
  const all = ["--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *"];
  await run("ceph-authtool", [
    "--create-keyring",
    keyring,
    "--gen-key",
    "-n",
    "mon.",
    "--cap",
    "mon",
    "allow *",
  ]);
  await run("ceph-authtool", [keyring, "--gen-key", "-n", "client.admin", ...all]);
  await run("ceph-authtool", [keyring, "--gen-key", "-n", "client.rgw", ...all]);
  const osd = ["--cap", "mon", "allow profile osd", "--cap", "osd", "allow *"];
  await run("ceph-authtool", [keyring, "--gen-key", "-n", "osd.0", ...osd]);
  await run("monmaptool", ["--create", "--addv", "a", `[v1:127.0.0.1:${monitorPort}]`, "--fsid", fsid, map]);
  const files = ["--monmap", map, "--keyring", keyring];
  await run("ceph-mon", ["--mkfs", "-i", "a", ...files], environment);
}

async function makeAdministrator(environment: Record<string, string>): Promise<void> {
  const { accessKeyId, secretAccessKey } = ADMIN;
  const keys = ["--access-key", accessKeyId, "--secret-key", secretAccessKey];
  const user = ["user", "create", "--uid", "admin", "--display-name", "admin", "--caps", "users=*", ...keys];
  await run("radosgw-admin", ["-n", "client.rgw", ...user], environment);
}

/** By the administrators' interface, because each call of the program takes a second. A tenant has names of its own. */
async function makeAccount(endpoint: string): Promise<S3Account> {
  const id = randomUUID().replaceAll("-", "");
  const account = { accessKeyId: `A${id}`, secretAccessKey: `s/${id}+=` };
  const query = new URLSearchParams({
    uid: id,
    tenant: `t${id}`,
    "display-name": id,
    "access-key": account.accessKeyId,
    "secret-key": account.secretAccessKey,
    "max-buckets": "100",
  });
  const url = `${endpoint}/admin/user?${query}`;
  const signed = await new AwsV4Signer({
    ...ADMIN,
    url,
    method: "PUT",
    service: "s3",
    region: "us-east-1",
  }).sign();
  const response = await fetch(signed.url, { method: "PUT", headers: signed.headers });
  if (!response.ok) throw new Error(`radosgw makes no user: ${response.status} ${await response.text()}`);
  return account;
}
