"""Runs OpenStack's command-line clients, a command a line of standard input as JSON: client, words and environment.
Each command runs in a child of its own, forked after the modules are loaded, which takes the clients seconds.
Prints a line of JSON for each: exit code, standard output and standard error."""
import json
import logging
import os
import sys
import tempfile

os.environ["COLUMNS"] = "1000"
os.environ["CLIFF_FIT_WIDTH"] = "0"
sys.argv[0] = "openstack"

import cinderclient.shell
import keystoneauth1.loading
import openstack.connection
import openstackclient.shell
import openstackclient.volume.client
import openstackclient.volume.v2.volume
import openstackclient.volume.v2.volume_backup
import openstackclient.volume.v2.volume_snapshot


def child(client, words, environment, out, err):
    code = 1
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    sys.stdout = open(1, "w", closefd=False)
    sys.stderr = open(2, "w", closefd=False)
    logging.root.handlers.clear()
    os.environ.update(environment)
    sys.argv = [client] + words
    try:
        code = openstackclient.shell.main(words) if client == "openstack" else cinderclient.shell.main()
    except SystemExit as end:
        code = end.code
    except BaseException as error:
        print("the client died:", repr(error), file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 1 if code else 0)


for line in sys.stdin:
    client, words, environment = json.loads(line)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = os.fork()
        if process == 0:
            child(client, words, environment, out, err)
        code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode())
        print(json.dumps([code, *texts]), flush=True)
