"""The whole of an installed OpenStack Cinder in one process: API, scheduler, volume service and backup service.

    cinder_whole.py DIRECTORY OPTIONS      OPTIONS is JSON: {"port": PORT, "repository": PATH, "config": {...}}

Nothing of Cinder is replaced but what is around it: messages stay in the process (oslo.messaging's own "fake"
transport), the database is a SQLite file that Cinder's migrations make, whoever asks is an admin ("noauth"), and volumes
are files (`file_volumes.py`), DIRECTORY/volumes/volume-ID. Listens on loopback, and runs until its standard input ends.
"""
import json
import os
import sys
import threading

DIRECTORY, OPTIONS = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def end_with_input():
    sys.stdin.buffer.read()
    os._exit(0)


# A thread of the system's, from before Cinder makes threads green ones.
threading.Thread(target=end_with_input, daemon=True).start()

import eventlet  # noqa: E402
eventlet.monkey_patch()

# The threading module that is not green lists the threads of the one that is, as Cinder's own programs have it.
import __original_module_threading as original_threading  # noqa: E402
original_threading.current_thread.__globals__['_active'] = threading._active

from oslo_config import cfg  # noqa: E402
from oslo_log import log as logging  # noqa: E402
from oslo_service import service as oslo_service  # noqa: E402
import os_brick  # noqa: E402
import os_brick.privileged  # noqa: E402

from cinder import i18n  # noqa: E402
i18n.enable_lazy()
from cinder import objects, privsep, rpc, service, utils, version  # noqa: E402
from cinder.cmd import api, backup, scheduler, volume  # noqa: E402,F401  each registers its options
from cinder.common import config, constants  # noqa: E402,F401
from cinder.db import migration  # noqa: E402

CONF = cfg.CONF
HOST = 'interop'

PASTE = """
[composite:osapi_volume]
use = call:cinder.api:root_app_factory
/: versions
/v3: v3

[composite:v3]
use = call:cinder.api.middleware.auth:pipeline_factory
noauth = request_id faults noauth api

[pipeline:versions]
pipeline = faults versions_app

[filter:request_id]
paste.filter_factory = oslo_middleware.request_id:RequestId.factory

[filter:faults]
paste.filter_factory = cinder.api.middleware.fault:FaultWrapper.factory

[filter:noauth]
paste.filter_factory = cinder.api.middleware.auth:NoAuthMiddlewareIncludeProjectID.factory

[app:api]
paste.app_factory = cinder.api.v3.router:APIRouter.factory

[app:versions_app]
paste.app_factory = cinder.api.versions:Versions.factory
"""


def at(*names):
    return os.path.join(DIRECTORY, *names)


def write(name, text):
    with open(at(name), 'w') as file:
        file.write(text)
    return at(name)


def section(title, values):
    return '[%s]\n%s\n' % (title, ''.join('%s = %s\n' % pair for pair in values.items()))


def configuration():
    general = {
        'auth_strategy': 'noauth', 'transport_url': 'fake:/', 'state_path': DIRECTORY, 'host': HOST,
        'my_ip': '127.0.0.1', 'osapi_volume_listen': '127.0.0.1', 'osapi_volume_listen_port': OPTIONS['port'],
        'osapi_volume_workers': 1, 'api_paste_config': write('paste.ini', PASTE),
        'resource_query_filters_file': write('filters.json', '{"backup": ["name", "status", "volume_id"]}'),
        'enabled_backends': 'files', 'backup_posix_path': OPTIONS['repository'],
        'backup_driver': 'cinder.backup.drivers.posix.PosixBackupDriver',
        'image_conversion_dir': at('conversion'), 'log_file': at('cinder.log'),
        # A machine that is slow for a minute is not down.
        'report_interval': 5, 'service_down_time': 600,
    }
    general.update(OPTIONS.get('config', {}))
    return write('cinder.conf', ''.join([
        section('DEFAULT', general),
        section('files', {'volume_driver': 'file_volumes.FileVolumes', 'volume_backend_name': 'files',
                          'file_volumes_directory': at('volumes')}),
        section('database', {'connection': 'sqlite:///' + at('cinder.db')}),
        section('oslo_concurrency', {'lock_path': at('locks')}),
        section('coordination', {'backend_url': 'file://' + at('coordination')}),
        section('oslo_messaging_notifications', {'driver': 'noop'}),
        section('key_manager', {'backend': 'cinder.keymgr.conf_key_mgr.ConfKeyManager', 'fixed_key': '00' * 32}),
    ]))


def main():
    for name in ('conversion', 'locks', 'coordination'):
        os.makedirs(at(name), exist_ok=True)
    objects.register_all()
    CONF(['--config-file', configuration()], project='cinder', version=version.version_string())
    logging.setup(CONF, 'cinder')
    # What takes privileges is done in this process, which has them, or is not done.
    os_brick.privileged.default.set_client_mode(False)
    privsep.sys_admin_pctxt.set_client_mode(False)
    os_brick.setup(CONF)
    migration.db_sync()
    rpc.init(CONF)
    CONF.register_opt(volume.host_opt, group='files')
    operations = utils.semaphore_factory(CONF.backup_max_operations, CONF.backup_workers)
    launcher = oslo_service.ServiceLauncher(CONF)
    for each in (
        service.Service.create(binary='cinder-scheduler'),
        service.Service.create(host=HOST + '@files', service_name='files', binary=constants.VOLUME_BINARY,
                               coordination=True),
        service.Service.create(binary='cinder-backup', coordination=True, service_name='backup', process_number=1,
                               semaphore=operations),
        service.WSGIService('osapi_volume'),
    ):
        launcher.launch_service(each)
    launcher.wait()


main()
