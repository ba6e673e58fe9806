#!/usr/bin/python3
"""Prints the records in this directory. Needs Cinder (Debian bookworm: python3-cinder 21.3.1)."""
import datetime
import json
import os

from cinder import objects

objects.register_all()
from cinder.objects.backup import Backup  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
NOTHING = {name: None for name in Backup.fields if name != "parent"}


def moment(*parts):
    return datetime.datetime(*parts, tzinfo=datetime.timezone.utc)


CASES = {
    "full": dict(
        id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        user_id="admin",
        project_id="admin",
        volume_id="11111111-2222-4333-8444-555555555555",
        host="h",
        availability_zone="nova",
        container="aa/aa/aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        status="available",
        size=1,
        service_metadata="volume_11111111-2222-4333-8444-555555555555_20261122204300"
        "_backup_aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        service="cinder.backup.drivers.posix.PosixBackupDriver",
        object_count=1,
        num_dependent_backups=0,
        metadata={},
        created_at=moment(2026, 11, 22, 20, 43, 0),
        deleted=False,
    ),
    "incremental": dict(
        id="bbbbbbbb-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        user_id="0a1b",
        project_id="2c3d",
        volume_id="11111111-2222-4333-8444-555555555555",
        host="backup@swift",
        availability_zone="zone é",
        container="volumebackups",
        parent_id="aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        status="available",
        fail_reason="",
        size=1024,
        display_name="Nächtlich 😀 \x7f",
        display_description='tab\tnewline\nand "quotes" \\ \u2028 \x01',
        service_metadata="volume_1/20261122204300/az_nova_backup_b",
        service="cinder.backup.drivers.swift.SwiftBackupDriver",
        object_count=12345,
        num_dependent_backups=2,
        snapshot_id="99999999-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        data_timestamp=moment(2026, 11, 22, 18, 56, 25, 107061),
        restore_volume_id="88888888-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        metadata={"key": "wert", "ä": "ö"},
        encryption_key_id="77777777-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        created_at=moment(2026, 11, 22, 20, 43, 1, 999999),
        updated_at=moment(1999, 1, 2, 3, 4, 5),
        deleted=False,
    ),
}

for case, fields in CASES.items():
    backup = Backup(**{**NOTHING, **fields})
    record = {"backup_service": backup.service, "backup_url": backup.encode_record(driver_info={})}
    with open(os.path.join(HERE, case + ".json"), "w") as file:
        json.dump(record, file, indent=2)
        file.write("\n")
