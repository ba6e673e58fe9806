"""Reads each file of a table as oslo.config and botocore do. Standard input and output are JSON.

{"oslo": [FILE...], "aws": [FILE...]} in; for each file its values, or null where the peer refuses it.
"""

import configparser
import json
import os
import sys
import tempfile

from oslo_config import cfg

OPTIONS = ("backup_posix_path", "backup_container", "backup_swift_user")


def read_oslo(path):
    conf = cfg.ConfigOpts()
    for name in OPTIONS:
        conf.register_opt(cfg.StrOpt(name))
    conf.register_opt(cfg.StrOpt("backup_container"), group="other")
    try:
        conf([], default_config_files=[path], default_config_dirs=[])
        values = {name: conf[name] for name in OPTIONS}
    except (cfg.Error, AttributeError, UnicodeDecodeError):
        return None
    return {name: value for name, value in values.items() if value is not None}


def read_aws(path):
    """By the parser that botocore uses, with its settings."""
    try:
        from botocore.configloader import raw_config_parse
        from botocore.exceptions import ConfigParseError
    except ImportError:
        return read_with_configparser(path)
    try:
        return raw_config_parse(path, parse_subsections=False)
    except ConfigParseError:
        return None


def read_with_configparser(path):
    parser = configparser.RawConfigParser()
    try:
        parser.read([path])
    except (configparser.Error, UnicodeDecodeError):
        return None
    return {name: dict(parser.items(name)) for name in parser.sections()}


def results(read, files):
    for text in files:
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "file")
            with open(path, "wb") as file:
                file.write(text.encode())
            yield read(path)


table = json.load(sys.stdin)
json.dump({"oslo": list(results(read_oslo, table["oslo"])), "aws": list(results(read_aws, table["aws"]))}, sys.stdout)
