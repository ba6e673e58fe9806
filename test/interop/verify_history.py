#!/usr/bin/python3 -B
"""Verifies the signed history of a repository in a directory by docs/history.md alone: verify_history.py DIRECTORY KEY.

Prints the events, one a line. Ends with an error for anything that is not as it was signed.
"""
import hashlib
import json
import pathlib
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def sha256(data):
    return hashlib.sha256(data).digest()


def root(leaves):
    if len(leaves) < 2:
        return sha256(b"\0" + leaves[0]) if leaves else sha256(b"")
    split = 1
    while 2 * split < len(leaves):
        split *= 2
    return sha256(b"\1" + root(leaves[:split]) + root(leaves[split:]))


def check_stored(directory, entry):
    start = str(directory / entry["container"] / entry["prefix"])
    manifest = pathlib.Path(start + "_metadata").read_bytes()
    table = pathlib.Path(start + "_sha256file").read_bytes()
    assert sha256(manifest).hex() == entry["manifest_sha256"], "manifest"
    assert sha256(table).hex() == entry["digest_table_sha256"], "digest table"
    digests = bytes.fromhex("".join(json.loads(table)["sha256s"]))
    assert len(digests) == 32 * entry["block_count"], "number of blocks"
    leaves = [digests[at : at + 2048] for at in range(0, len(digests), 2048)]
    assert root(leaves).hex() == entry["root"], "root"


def main(directory, key):
    public_key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    previous = None
    entries = sorted((directory / "ashlar-repository").glob("history-*"))
    for number, path in enumerate(entries, 1):
        line, signed = path.read_bytes().splitlines()
        signer, signature = signed.decode().split(" ")
        assert signer == key, "key"
        public_key.verify(bytes.fromhex(signature), b"ashlar history 1\n" + line)
        entry = json.loads(line)
        assert (entry["number"], entry["previous"]) == (number, previous), "chain"
        previous = sha256(line).hex()
        if entry["event"] == "stored":
            check_stored(directory, entry)
        print(entry["event"], entry["backup_id"])


main(pathlib.Path(sys.argv[1]), sys.argv[2])
