"""Keystone on loopback, from Debian's packages: SQLite, Fernet tokens, one process.

    keystone_server.py DIRECTORY OPTIONS      OPTIONS is JSON: {"port": N, "endpoints": {region: URL}}

User `admin` with password `admin` in project `admin`; an object store's endpoint in every region that is named, where
`$(project_id)s` stands for the project. Runs until its standard input ends.
"""
import json
import os
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
    manage("fernet_setup", *owner)
    manage("credential_setup", *owner)
    manage("bootstrap", "--bootstrap-password", "admin", "--bootstrap-public-url", URL,
           "--bootstrap-region-id", "RegionOne")


def add_endpoints(application):
    """Through the API itself, within the process."""
    import webob

    def call(method, path, body=None, token=None):
        request = webob.Request.blank("/v3" + path, method=method)
        request.host = "127.0.0.1:%d" % PORT
        if token:
            request.headers["X-Auth-Token"] = token
        if body is not None:
            request.json = body
        response = request.get_response(application)
        if response.status_int >= 300:
            raise Exception("%s %s: %s" % (method, path, response.text))
        return response

    domain = {"id": "default"}
    identity = {"methods": ["password"], "password": {"user": {"name": "admin", "domain": domain, "password": "admin"}}}
    scope = {"project": {"name": "admin", "domain": domain}}
    token = call("POST", "/auth/tokens", {"auth": {"identity": identity, "scope": scope}}).headers["X-Subject-Token"]
    service = call("POST", "/services", {"service": {"type": "object-store", "name": "swift"}}, token).json["service"]
    for region, url in OPTIONS["endpoints"].items():
        if region != "RegionOne":
            call("POST", "/regions", {"region": {"id": region}}, token)
        for interface in ("public", "internal"):
            call("POST", "/endpoints", {"endpoint": {"service_id": service["id"], "interface": interface,
                                                     "region_id": region, "url": url}}, token)


def main():
    prepare()
    os.environ["OS_KEYSTONE_CONFIG_DIR"] = DIRECTORY
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = "keystone.conf"
    sys.argv = ["keystone"]
    from keystone.server.wsgi import initialize_public_application
    from wsgiref import simple_server
    import socketserver

    class Server(socketserver.ThreadingMixIn, simple_server.WSGIServer):
        daemon_threads = True

    class Quiet(simple_server.WSGIRequestHandler):
        def log_message(self, *arguments):
            pass

    application = initialize_public_application()
    add_endpoints(application)
    server = simple_server.make_server("127.0.0.1", PORT, application, Server, Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    os._exit(0)


main()
