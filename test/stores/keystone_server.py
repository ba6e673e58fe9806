"""Keystone on loopback, from Debian's packages: SQLite, Fernet tokens, one process.

    keystone_server.py DIRECTORY OPTIONS      OPTIONS is JSON: {"port": N}

User `admin` with password `admin` in project `admin`, and an empty catalog. Runs until its standard input ends.
"""
import json
import os
import sqlite3
import subprocess
import sys
import threading

DIRECTORY, OPTIONS = sys.argv[1], json.loads(sys.argv[2])
PORT = OPTIONS["port"]
CONF = os.path.join(DIRECTORY, "keystone.conf")
URL = "http://127.0.0.1:%d/v3/" % PORT


def manage(*arguments):
    subprocess.run(["keystone-manage", "--config-file", CONF, *arguments], check=True, stdin=subprocess.DEVNULL)


def prepare():
    for name in ("fernet", "credential"):
        os.makedirs(os.path.join(DIRECTORY, name), mode=0o700, exist_ok=True)
    with open(CONF, "w") as file:
        file.write("[DEFAULT]\nlog_file = %s/keystone.log\n" % DIRECTORY)
        file.write("[database]\nconnection = sqlite:///%s/keystone.db\n" % DIRECTORY)
        file.write("[token]\nprovider = fernet\nexpiration = %d\n" % OPTIONS.get("token_life", 3600))
        file.write("[fernet_tokens]\nkey_repository = %s/fernet\n" % DIRECTORY)
        file.write("[credential]\nkey_repository = %s/credential\n" % DIRECTORY)
    owner = ["--keystone-user", str(os.getuid()), "--keystone-group", str(os.getgid())]
    manage("db_sync")
    # Keystone keeps connections with a read under way, which would block every write.
    sqlite3.connect(os.path.join(DIRECTORY, "keystone.db")).execute("PRAGMA journal_mode = WAL")
    manage("fernet_setup", *owner)
    manage("credential_setup", *owner)
    manage("bootstrap", "--bootstrap-password", "admin", "--bootstrap-public-url", URL,
           "--bootstrap-internal-url", URL, "--bootstrap-region-id", "RegionOne")


def main():
    prepare()
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = DIRECTORY
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = "keystone.conf"
    sys.argv = ["keystone"]
    from keystone.server.wsgi import initialize_public_application
    from wsgiref import simple_server

    class Quiet(simple_server.WSGIRequestHandler):
        def log_message(self, *arguments):
            pass

    # One request at a time, because SQLite knows no two writers.
    server = simple_server.make_server("127.0.0.1", PORT, initialize_public_application(), handler_class=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


main()
