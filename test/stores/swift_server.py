"""A whole OpenStack Swift on loopback, from Debian's packages, in one directory.

    swift_server.py DIRECTORY OPTIONS      OPTIONS is JSON: {"ports": {...}, "keystone": URL or null}

Makes rings and configuration, starts the four servers and a memcached as children, and runs until its standard input
ends. One replica on one device; two storage policies; TempAuth and the S3 API on one proxy, Keystone on another.
"""
import ctypes
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys

DIRECTORY, OPTIONS = sys.argv[1], json.loads(sys.argv[2])
PORTS = OPTIONS["ports"]
KEYSTONE = OPTIONS.get("keystone")
ETC = os.path.join(DIRECTORY, "etc")
DEVICES = os.path.join(DIRECTORY, "devices")
LOGS = os.path.join(DIRECTORY, "logs")
POLICIES = {0: "standard", 1: "gold"}
USER = pwd.getpwuid(os.getuid()).pw_name


def section(title, **values):
    lines = ["[%s]" % title] + ["%s = %s" % pair for pair in values.items()]
    return "\n".join(lines) + "\n\n"


def write(name, *sections):
    with open(os.path.join(ETC, name), "w") as file:
        file.write("".join(sections))


def server_section(port):
    return section("DEFAULT", bind_ip="127.0.0.1", bind_port=port, workers=0, user=USER, swift_dir=ETC,
                   devices=DEVICES, mount_check="false", log_level="WARNING", log_address="/dev/null",
                   client_timeout=60, max_clients=1024)


def filters(*names, **special):
    return "".join(section("filter:" + name, use="egg:swift#" + special.get(name, {}).pop("egg", name),
                           **special.get(name, {})) for name in names)


def write_proxy(name, port, auth_names, auth_sections):
    before = ["catch_errors", "gatekeeper", "healthcheck", "cache", "listing_formats", "bulk"]
    after = ["copy", "container-quotas", "account-quotas", "slo", "dlo", "versioned_writes", "symlink"]
    special = {
        "cache": {"egg": "memcache", "memcache_servers": "127.0.0.1:%d" % PORTS["memcached"]},
        "container-quotas": {"egg": "container_quotas"},
        "account-quotas": {"egg": "account_quotas"},
        # Reading an object of many small segments is slowed down on purpose, by default to one a second.
        "slo": {"rate_limit_after_segment": 100000},
    }
    write(name, server_section(port),
          section("pipeline:main", pipeline=" ".join(before + auth_names + after + ["proxy-server"])),
          section("app:proxy-server", use="egg:swift#proxy", account_autocreate="true",
                  allow_account_management="true"),
          filters(*(before + after), **special), auth_sections)


def write_configuration():
    hash_section = section("swift-hash", swift_hash_path_suffix="suffix", swift_hash_path_prefix="prefix")
    policies = "".join(section("storage-policy:%d" % index, name=name, policy_type="replication",
                               default="yes" if index == 0 else "no") for index, name in POLICIES.items())
    write("swift.conf", hash_section, policies)
    for kind in ("account", "container", "object"):
        write(kind + ".conf", server_section(PORTS[kind]), section("pipeline:main", pipeline=kind + "-server"),
              section("app:%s-server" % kind, use="egg:swift#" + kind))
    tempauth = section("filter:s3api", use="egg:swift#s3api", s3_acl="false", location="us-east-1",
                       allow_multipart_uploads="true", check_bucket_owner="false") + \
        section("filter:tempauth", use="egg:swift#tempauth", reseller_prefix="AUTH", storage_url_scheme="http",
                token_life=OPTIONS.get("token_life", 86400),
                user_admin_admin="admin .admin .reseller_admin", user_test_tester="testing .admin",
                **{"user_%s_user" % account: key + " .admin" for account, key in OPTIONS.get("accounts", {}).items()})
    write_proxy("proxy.conf", PORTS["proxy"], ["s3api", "tempauth"], tempauth)
    if KEYSTONE:
        authtoken = {
            "paste.filter_factory": "keystonemiddleware.auth_token:filter_factory",
            "www_authenticate_uri": KEYSTONE, "auth_url": KEYSTONE, "auth_type": "password",
            "username": "admin", "password": "admin", "project_name": "admin", "user_domain_id": "default",
            "project_domain_id": "default", "delay_auth_decision": "false", "token_cache_time": "-1",
        }
        keystone = section("filter:authtoken", **authtoken) + \
            section("filter:keystoneauth", use="egg:swift#keystoneauth", operator_roles="admin, member",
                    reseller_prefix="AUTH")
        write_proxy("keystone-proxy.conf", PORTS["keystoneProxy"], ["authtoken", "keystoneauth"], keystone)


def write_rings():
    from swift.common.ring import RingBuilder
    rings = [("account", "account"), ("container", "container")] + \
        [("object" if index == 0 else "object-%d" % index, "object") for index in POLICIES]
    for ring, kind in rings:
        builder = RingBuilder(4, 1, 1)
        builder.add_dev({"region": 1, "zone": 1, "ip": "127.0.0.1", "port": PORTS[kind],
                         "replication_ip": "127.0.0.1", "replication_port": PORTS[kind],
                         "device": "d1", "weight": 1, "meta": ""})
        builder.rebalance()
        builder.get_ring().save(os.path.join(ETC, ring + ".ring.gz"))


def log_file(name):
    return open(os.path.join(LOGS, name + ".log"), "ab", 0)


def die_with_parent():
    """However this process ends, killed too, its children do not outlive it (prctl's PR_SET_PDEATHSIG is 1)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def start_server(name, kind):
    """Forks, because importing Swift takes a second and is done."""
    child = os.fork()
    if child:
        return child
    die_with_parent()
    os.setpgid(0, 0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    log = log_file(name)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    from swift.common.wsgi import run_wsgi
    callback = {}
    if kind == "object":
        from swift.obj import server
        callback["global_conf_callback"] = server.global_conf_callback
    sys.argv = ["swift-%s-server" % kind, name]
    os._exit(run_wsgi(os.path.join(ETC, name + ".conf"), kind + "-server", verbose=True, **callback) or 0)


def main():
    for directory in (ETC, os.path.join(DEVICES, "d1"), LOGS):
        os.makedirs(directory, exist_ok=True)
    write_configuration()
    from swift.common import utils
    utils.set_swift_dir(ETC)
    write_rings()
    memcached = subprocess.Popen(
        [shutil.which("memcached") or "/usr/bin/memcached", "-u", USER, "-l", "127.0.0.1", "-m", "64", "-U", "0",
         "-p", str(PORTS["memcached"])], stdin=subprocess.DEVNULL, stdout=log_file("memcached"), stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent)
    servers = [("account", "account"), ("container", "container"), ("object", "object"), ("proxy", "proxy")]
    if KEYSTONE:
        servers.append(("keystone-proxy", "proxy"))
    children = [start_server(*server) for server in servers]
    try:
        sys.stdin.read()
    finally:
        memcached.kill()
        for child in children:
            os.kill(child, signal.SIGKILL)


main()
