#!/usr/bin/python3 -B
"""Decrypts one stored object by docs/encryption.md alone: decrypt.py NAME FILE <repository key in hexadecimal.

Writes the plain bytes to standard output. A manifest is taken out of its JSON first.
"""
import base64
import json
import sys

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

SEGMENT, TAG = 1024 * 1024, 16


def main(name, path):
    key = bytes.fromhex(sys.stdin.readline().strip())
    with open(path, 'rb') as file:
        data = file.read()
    if name.endswith('_metadata'):
        fields = json.loads(data)
        assert fields['version'] == 'ashlar-encrypted-1', fields['version']
        data = base64.b64decode(fields['manifest'], validate=True)
    header, body = data[:56], data[56:]
    assert header[:8] == b'ASHLARE1', header
    assert header[8:24] == HKDF(hashes.SHA256(), 16, None, b'ashlar encryption 1 key id').derive(key)
    info = b'ashlar encryption 1 object\0' + name.encode()
    cipher = AESGCM(HKDF(hashes.SHA256(), 32, header[24:], info).derive(key))
    segments = [body[at:at + SEGMENT + TAG] for at in range(0, len(body), SEGMENT + TAG)]
    for index, segment in enumerate(segments):
        nonce = bytes(7) + index.to_bytes(4, 'big') + bytes([index == len(segments) - 1])
        sys.stdout.buffer.write(cipher.decrypt(nonce, segment, header + name.encode()))


main(*sys.argv[1:])
