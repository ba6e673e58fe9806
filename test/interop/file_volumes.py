"""A volume driver of OpenStack Cinder whose volumes are sparse files of one directory, attached by their paths."""
import os

from cinder import interface
from cinder.volume import driver
from oslo_config import cfg

OPTIONS = [cfg.StrOpt('file_volumes_directory')]
GIB = 1 << 30


@interface.volumedriver
class FileVolumes(driver.VolumeDriver):
    VERSION = '1'
    CI_WIKI_NAME = 'none'

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.directory = self.configuration.file_volumes_directory

    def path(self, volume):
        return os.path.join(self.directory, volume.name)

    def do_setup(self, context):
        os.makedirs(self.directory, exist_ok=True)

    def check_for_setup_error(self):
        pass

    def create_volume(self, volume):
        with open(self.path(volume), 'wb') as file:
            file.truncate(volume.size * GIB)

    def delete_volume(self, volume):
        os.remove(self.path(volume))

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector):
        return {'driver_volume_type': 'local', 'data': {'device_path': self.path(volume)}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    def get_volume_stats(self, refresh=False):
        return {'volume_backend_name': 'files', 'vendor_name': 'none', 'driver_version': self.VERSION,
                'storage_protocol': 'file', 'total_capacity_gb': 1000, 'free_capacity_gb': 1000,
                'reserved_percentage': 0, 'QoS_support': False}
