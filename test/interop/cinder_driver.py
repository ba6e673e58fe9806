#!/usr/bin/python3 -B
"""Drives the posix backup driver of an installed OpenStack Cinder, unpatched, over plain files.

What is real: the driver, the backup manager's record export and import, the objects, and the database schema,
which Cinder's own migrations create in a SQLite file. What is replaced: the message bus (a transport that goes
nowhere) and the attaching of a volume (a volume is a plain file).

    cinder_driver.py --state FILE serve               one operation per line of standard input, as JSON
    cinder_driver.py --state FILE OPERATION '{...}'   one operation

An operation is {"op": NAME, ...}. Each is answered by one line of JSON on standard output:
{"ok": RESULT}, or {"error": {"class": NAME, "message": TEXT}}; an error ends nothing but its own operation.
`FIELDS` lists what each operation takes. Starting Cinder costs seconds, so many operations should share a process.
"""
import argparse
import importlib
import inspect
import json
import os
import sys

# Whatever a library prints goes to standard error: standard output carries answers alone.
ANSWERS = os.fdopen(os.dup(1), 'w', encoding='utf-8')
os.dup2(2, 1)

import eventlet  # noqa: E402
eventlet.monkey_patch()

import datetime  # noqa: E402
import logging  # noqa: E402

from eventlet import tpool  # noqa: E402
from oslo_config import cfg  # noqa: E402
from oslo_log import log as oslo_log  # noqa: E402
from oslo_messaging.notify import notifier  # noqa: E402
from oslo_messaging import transport  # noqa: E402
from oslo_utils import timeutils  # noqa: E402

from cinder import context as cinder_context  # noqa: E402
from cinder import db  # noqa: E402
from cinder import exception  # noqa: E402
from cinder import objects  # noqa: E402
from cinder import rpc  # noqa: E402
from cinder import version  # noqa: E402
objects.register_all()
from cinder.backup import manager as backup_manager  # noqa: E402
from cinder.backup.drivers import posix  # noqa: E402
from cinder.common import config  # noqa: E402,F401  (registers the options that drivers read)
from cinder.db import migration  # noqa: E402

SERVICE = 'cinder.backup.drivers.posix.PosixBackupDriver'
GIB = 2 ** 30
VOLUME_TYPE_ID = 'f11e5000-0000-4000-8000-000000000001'
# What the import request stores in a row until the worker has read the record (cinder/backup/api.py).
VOLUME_NOT_KNOWN_YET = '00000000-0000-0000-0000-000000000000'

# Per operation: required fields, then optional ones with their defaults.
FIELDS = {
    'backup': (['repository', 'volume_file', 'volume_id', 'id'],
               {'parent_id': None, 'name': None, 'description': None, 'container': None, 'snapshot_id': None,
                'compression': 'zlib', 'block_size': 32768, 'file_size': 1999994880, 'now': None,
                'volume_name': None, 'volume_metadata': {}}),
    'restore': (['repository', 'id', 'target'], {'volume_id': None, 'new_size': None}),
    'export': (['id'], {}),
    'import': (['backup_service', 'backup_url'], {}),
    'register': (['id', 'volume_id', 'container', 'service_metadata'],
                 {'parent_id': None, 'size': 1, 'service': SERVICE, 'object_count': None, 'name': None,
                  'description': None}),
    'delete': (['repository', 'id'], {}),
    'list': ([], {}),
    'volume': (['volume_id'], {}),
    'reprint': (['file'], {}),
}
ROW = ['id', 'volume_id', 'parent_id', 'status', 'size', 'container', 'service_metadata', 'service', 'object_count',
       'display_name', 'display_description', 'num_dependent_backups']


class BadOperation(Exception):
    """An operation that this script cannot understand; nothing was asked of Cinder."""


class Cinder:
    """One database, and every operation upon it."""

    def __init__(self, state):
        self.conf = cfg.CONF
        self._configure(os.path.abspath(state))
        if not os.path.exists(state):
            migration.db_sync()
        # The migrations configure logging for themselves, and talk.
        logging.getLogger().setLevel(logging.ERROR)
        rpc.init(self.conf)
        self.context = cinder_context.RequestContext('admin', 'admin', is_admin=True)
        self.manager = backup_manager.BackupManager(host='ashlar-interop')
        self._ensure_volume_type()

    def _configure(self, state):
        oslo_log.register_options(self.conf)
        self.conf.register_opts(transport._transport_opts)
        self.conf.register_opts(notifier._notifier_opts, group='oslo_messaging_notifications')
        self.conf([], project='cinder', version=version.version_string(), default_config_files=[],
                  default_config_dirs=[])
        self._set(transport_url='fake:/', backup_driver=SERVICE, backup_posix_path=os.path.dirname(state),
                  state_path=os.path.dirname(state),
                  # A timer that outlives a failed operation would fire into the next one.
                  backup_enable_progress_timer=False)
        self.conf.set_override('connection', 'sqlite:///' + state, 'database')
        self.conf.set_override('driver', ['noop'], 'oslo_messaging_notifications')
        self.conf.set_override('default_log_levels', ['alembic=ERROR', 'cinder=ERROR'])
        oslo_log.setup(self.conf, 'cinder')
        logging.getLogger().setLevel(logging.ERROR)

    def _set(self, **options):
        for name, value in options.items():
            self.conf.set_override(name, value)

    def _driver(self, repository, block_size=None, file_size=None, **options):
        """`repository` is a directory, or an object store: {"driver": "swift", "options": {Cinder's options}}."""
        if isinstance(repository, str):
            sizes = {'backup_sha_block_size_bytes': block_size, 'backup_file_size': file_size}
            options['backup_posix_path'] = os.path.abspath(repository)
            driver = posix.PosixBackupDriver
        else:
            kind = repository['driver']
            sizes = {'backup_%s_block_size' % kind: block_size, 'backup_%s_object_size' % kind: file_size}
            # Importing the module registers its options.
            module = importlib.import_module('cinder.backup.drivers.' + kind)
            options.update(repository['options'])
            options['backup_%s_enable_progress_timer' % kind] = False
            driver = getattr(module, kind.capitalize() + 'BackupDriver')
        self._set(**options, **{name: size for name, size in sizes.items() if size is not None})
        return driver(self.context)

    def _row(self, backup_id):
        return objects.Backup.get_by_id(self.context, backup_id)

    def _ensure_volume_type(self):
        """A volume needs a type, and the migrations' own has a random id, which would end up in every manifest."""
        try:
            db.volume_type_get(self.context, VOLUME_TYPE_ID)
        except exception.VolumeTypeNotFound:
            db.volume_type_create(self.context, {'id': VOLUME_TYPE_ID, 'name': 'files'})

    def _ensure_volume(self, volume_id, size_gib, name=None, metadata=None):
        """The driver copies the volume's row into a manifest, and restores into a row: there has to be one."""
        try:
            db.volume_get(self.context, volume_id)
        except exception.VolumeNotFound:
            db.volume_create(self.context, {
                'id': volume_id, 'size': size_gib, 'status': 'available', 'attach_status': 'detached',
                'display_name': name, 'metadata': metadata or {}, 'host': 'ashlar-interop@files#pool',
                'user_id': 'admin', 'project_id': 'admin', 'availability_zone': 'nova',
                'volume_type_id': VOLUME_TYPE_ID})

    # -- operations ---------------------------------------------------------------------------------------------

    def backup(self, op):
        """Makes the row that a request makes, then runs the driver as the backup manager does."""
        if op['now']:
            timeutils.set_time_override(datetime.datetime.fromisoformat(op['now']))
        try:
            driver = self._driver(op['repository'], block_size=op['block_size'], file_size=op['file_size'],
                                  backup_compression_algorithm=op['compression'])
            size_gib = max(1, -(-os.path.getsize(op['volume_file']) // GIB))
            self._ensure_volume(op['volume_id'], size_gib, op['volume_name'], op['volume_metadata'])
            db.backup_create(self.context, {
                'id': op['id'], 'volume_id': op['volume_id'], 'parent_id': op['parent_id'], 'size': size_gib,
                'status': 'creating', 'display_name': op['name'], 'display_description': op['description'],
                'container': op['container'], 'snapshot_id': op['snapshot_id'],
                'service': '%s.%s' % (type(driver).__module__, type(driver).__name__),
                'user_id': 'admin', 'project_id': 'admin', 'host': 'ashlar-interop', 'availability_zone': 'nova',
                'data_timestamp': timeutils.utcnow()})
            row = self._row(op['id'])
            try:
                with open(op['volume_file'], 'rb') as volume_file:
                    driver.backup(row, tpool.Proxy(volume_file))
            except Exception:
                row.status = 'error'
                row.save()
                raise
            row.status = 'available'
            row.save()
            if op['parent_id']:
                self._count_dependents(op['parent_id'], 1)
            return describe(row)
        finally:
            timeutils.clear_time_override()

    def _count_dependents(self, backup_id, change):
        parent = self._row(backup_id)
        parent.num_dependent_backups = max(0, (parent.num_dependent_backups or 0) + change)
        parent.save()

    def restore(self, op):
        """Restores into `target`; where `new_size` is given the target is made first, a file of that many zeros."""
        driver = self._driver(op['repository'])
        row = self._row(op['id'])
        volume_id = op['volume_id'] or row.volume_id
        self._ensure_volume(volume_id, row.size)
        is_new = op['new_size'] is not None
        if is_new:
            with open(op['target'], 'xb') as target:
                target.truncate(op['new_size'])
        # Cinder from 2023.2 on is told whether a volume is new, and leaves zeros out on those.
        takes_is_new = 'volume_is_new' in inspect.signature(driver.restore).parameters
        row.status = 'restoring'
        row.save()
        try:
            with open(op['target'], 'rb+') as target:
                driver.restore(row, volume_id, tpool.Proxy(target), *([is_new] if takes_is_new else []))
        finally:
            row.status = 'available'
            row.save()
        return {'id': row.id, 'told_volume_is_new': takes_is_new and is_new}

    def export(self, op):
        return self.manager.export_record(self.context, self._row(op['id']))

    def import_(self, op):
        """As the API node makes the row, then as the worker fills it."""
        record = objects.Backup.decode_record(op['backup_url'])
        row = objects.BackupImport(
            self.context, id=record['id'], user_id='admin', project_id='admin', volume_id=VOLUME_NOT_KNOWN_YET,
            status='creating', metadata={})
        row.create()
        self.manager.import_record(self.context, row, op['backup_service'], op['backup_url'], [])
        row = self._row(record['id'])
        self._ensure_volume(row.volume_id, row.size)
        return describe(row)

    def register(self, op):
        """A row from nothing but what names a stored backup, for repositories that come without a record."""
        self._ensure_volume(op['volume_id'], op['size'])
        db.backup_create(self.context, {
            'id': op['id'], 'volume_id': op['volume_id'], 'parent_id': op['parent_id'], 'size': op['size'],
            'container': op['container'], 'service_metadata': op['service_metadata'], 'service': op['service'],
            'object_count': op['object_count'], 'display_name': op['name'],
            'display_description': op['description'], 'status': 'available', 'user_id': 'admin',
            'project_id': 'admin', 'host': 'ashlar-interop', 'availability_zone': 'nova'})
        return describe(self._row(op['id']))

    def delete(self, op):
        row = self._row(op['id'])
        self._driver(op['repository']).delete_backup(row)
        if row.parent_id:
            self._count_dependents(row.parent_id, -1)
        row.destroy()
        return {'id': op['id']}

    def list(self, op):
        return [describe(row) for row in objects.BackupList.get_all(self.context)]

    def volume(self, op):
        """What a restore has done to the volume's row."""
        row = db.volume_get(self.context, op['volume_id'])
        return {'id': row.id, 'size': row.size, 'display_name': row.display_name,
                'display_description': row.display_description, 'bootable': row.bootable,
                'metadata': db.volume_metadata_get(self.context, op['volume_id'])}

    def reprint(self, op):
        """Whether a stored JSON file is, byte for byte, what the driver's way of printing makes of its content."""
        with open(op['file'], 'rb') as stored:
            data = stored.read()
        printed = json.dumps(json.loads(data.decode('utf-8')), sort_keys=True, indent=2).encode('utf-8')
        return {'same': printed == data}

    def run(self, op):
        name = op.get('op')
        if name not in FIELDS:
            raise BadOperation('Cannot run operation %r: known are %s' % (name, ', '.join(FIELDS)))
        required, optional = FIELDS[name]
        missing = [field for field in required if field not in op]
        unknown = [field for field in op if field not in required and field not in optional and field != 'op']
        if missing or unknown:
            raise BadOperation('Cannot run %s: missing fields %s, unknown fields %s' % (name, missing, unknown))
        method = self.import_ if name == 'import' else getattr(self, name)
        return method({**optional, **op})


def describe(row):
    return {field: getattr(row, field) for field in ROW}


def answer(cinder, line):
    try:
        reply = {'ok': cinder.run(json.loads(line))}
    except Exception as error:
        reply = {'error': {'class': type(error).__name__, 'message': str(error)}}
    ANSWERS.write(json.dumps(reply, default=str) + '\n')
    ANSWERS.flush()
    return 'ok' in reply


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--state', required=True, help='SQLite file of the database; made where missing')
    parser.add_argument('operation', choices=['serve', *FIELDS])
    parser.add_argument('fields', nargs='?', default='{}', help='JSON object of the operation\'s fields')
    arguments = parser.parse_args()
    cinder = Cinder(arguments.state)
    if arguments.operation == 'serve':
        # JSON is UTF-8, whatever the locale says.
        for line in open(0, encoding='utf-8'):
            if line.strip():
                answer(cinder, line)
        return 0
    line = json.dumps({**json.loads(arguments.fields), 'op': arguments.operation})
    return 0 if answer(cinder, line) else 1


if __name__ == '__main__':
    sys.exit(main())
