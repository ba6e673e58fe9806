#!/usr/bin/python3 -B
"""Makes the golden files beside this script with an installed Cinder, through test/interop/cinder_driver.py.

Ids, times and contents are fixed, so a second run with the same Cinder and compressors gives the same bytes.
`make.py --check` compares what would be made with what is there, and changes nothing.

index.json, one entry a vector:
  directory        folder beside the index: the repository (what backup_posix_path was)
  compression, blockSize, objectSize
  recipe           of the volume's history, see volume_recipe.py
  backups          in chain order, the full first: id, parentId, container, prefix, objectCount, createdAt (as in the
                   manifest), name, description, volumeSha256 (of the volume at that point), record (the exported one)
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

from volume_recipe import volumes_of

HERE = os.path.dirname(os.path.abspath(__file__))
DRIVER = os.path.join(HERE, '..', 'interop', 'cinder_driver.py')
LARGER_THAN_THE_VOLUME = 1048576

# name, compression, block size, object size, container of the request (None: the driver chooses one per backup)
VECTORS = [
    ('zlib-4k-2-blocks', 'zlib', 4096, 8192, None),
    ('zlib-4k-7-blocks', 'zlib', 4096, 28672, 'nightly/zlib'),
    ('zlib-4k-one-object', 'zlib', 4096, LARGER_THAN_THE_VOLUME, None),
    ('zlib-32k-2-blocks', 'zlib', 32768, 65536, None),
    ('none-4k-2-blocks', 'none', 4096, 8192, None),
    ('none-4k-7-blocks', 'none', 4096, 28672, None),
    ('none-4k-one-object', 'none', 4096, LARGER_THAN_THE_VOLUME, 'golden'),
    ('none-32k-2-blocks', 'none', 32768, 65536, None),
    # The configured word is what is recorded, in lower case: this one's objects are zlib streams labelled "gzip".
    ('gzip-32k-7-blocks', 'GZIP', 32768, 229376, None),
    ('bz2-4k-7-blocks', 'bz2', 4096, 28672, None),
    ('bzip2-32k-one-object', 'bzip2', 32768, LARGER_THAN_THE_VOLUME, None),
    ('zstd-4k-7-blocks', 'zstd', 4096, 28672, None),
    ('zstd-32k-2-blocks', 'zstd', 32768, 65536, None),
]
NAMES = ['Sicherung №1 – „täglich“', None, '日本語 \U0001f600', 'plain']
DESCRIPTIONS = ['quote " backslash \\ slash / tab\tend', 'Ünïcödé', None, '']
# Databases that keep no fractions of a second make Cinder print none.
TIMES = ['2024-02-29T23:59:58.012345', '2024-03-01T00:00:00', '2024-03-02T12:30:45.100000', '2024-03-03T01:02:03.000001']


def recipe_of(block, number):
    """A volume of 10 blocks and a short last one; what happens to it, in blocks: data, zeros, text, changes."""
    size = 10 * block + block // 8 + 3
    seed = 1000 * number

    def write(fill, start, length, add):
        offset = int(start * block)
        return {'fill': fill, 'offset': offset, 'length': min(int(length * block), size - offset), 'seed': seed + add}
    return {'size': size, 'history': [
        [write('text', 0, 11, 1), write('random', 1, 0.75, 2), write('zero', 4, 3, 3)],
        # Within one block, a run over object boundaries that was zero before, and the short last block.
        [write('random', 0.5, 0.01, 4), write('text', 5.25, 2, 5), write('random', 10, 1, 6)],
        # Whole blocks and a part of one become zeros.
        [write('zero', 0.25, 0.5, 7), write('zero', 1, 2, 8), write('zero', 8, 2, 9)],
        [],
    ]}


def ids_of(number):
    volume_id = '%08x-0000-4000-8000-%012x' % (0xa51a0000 + number, number)
    return volume_id, ['%08x-b000-4000-8000-%012x' % (0xa51a0000 + 256 * number + point, point) for point in range(4)]


def operations_of(vector, number, folder):
    name, compression, block, object_size, container = vector
    volume_id, ids = ids_of(number)
    for point, volume in enumerate(volumes_of(recipe_of(block, number))):
        volume_file = os.path.join(folder, '%s-%d' % (name, point))
        with open(volume_file, 'wb') as file:
            file.write(volume)
        yield {'op': 'backup', 'repository': os.path.join(folder, 'made', name), 'volume_file': volume_file,
               'volume_id': volume_id, 'id': ids[point], 'parent_id': ids[point - 1] if point else None,
               'name': NAMES[point], 'description': DESCRIPTIONS[point], 'container': container,
               'compression': compression, 'block_size': block, 'file_size': object_size, 'now': TIMES[point],
               'volume_name': 'golden ' + name, 'volume_metadata': {'purpose': 'golden', 'größe': 'klein'}}
    for backup_id in ids:
        yield {'op': 'export', 'id': backup_id}


def run_driver(operations, folder):
    """The result of each operation; stops at the first error."""
    command = [sys.executable, '-B', DRIVER, '--state', os.path.join(folder, 'state.sqlite'), 'serve']
    lines = ''.join(json.dumps(operation) + '\n' for operation in operations)
    output = subprocess.run(command, input=lines, stdout=subprocess.PIPE, encoding='utf-8', check=True).stdout
    replies = [json.loads(line) for line in output.splitlines()]
    failed = [reply for reply in replies if 'ok' not in reply]
    if failed:
        sys.exit('Cannot make the golden files: %s' % failed[0])
    return [reply['ok'] for reply in replies]


def entry_of(vector, number, folder, results):
    name, compression, block, object_size, _ = vector
    recipe = recipe_of(block, number)
    backups = []
    for point, volume in enumerate(volumes_of(recipe)):
        row = results[point]
        manifest_file = os.path.join(folder, 'made', name, row['container'], row['service_metadata'] + '_metadata')
        with open(manifest_file, encoding='utf-8') as file:
            created_at = json.load(file)['created_at']
        backups.append({
            'id': row['id'], 'parentId': row['parent_id'], 'container': row['container'],
            'prefix': row['service_metadata'], 'objectCount': row['object_count'], 'createdAt': created_at,
            'name': row['display_name'], 'description': row['display_description'],
            'volumeSha256': hashlib.sha256(volume).hexdigest(), 'record': results[4 + point]})
    return {'directory': name, 'compression': compression, 'blockSize': block, 'objectSize': object_size,
            'volumeId': ids_of(number)[0], 'recipe': recipe, 'backups': backups}


def make(folder):
    """Everything that belongs beside this script, into `folder`/made."""
    os.makedirs(os.path.join(folder, 'made'))
    operations = [list(operations_of(vector, number, folder)) for number, vector in enumerate(VECTORS, 1)]
    results = run_driver([operation for group in operations for operation in group], folder)
    index = []
    for number, vector in enumerate(VECTORS, 1):
        group, results = results[:8], results[8:]
        index.append(entry_of(vector, number, folder, group))
    with open(os.path.join(folder, 'made', 'index.json'), 'w', encoding='utf-8') as file:
        json.dump({'cinder': cinder_version(), 'vectors': index}, file, indent=1, ensure_ascii=False)
        file.write('\n')
    return os.path.join(folder, 'made')


def cinder_version():
    return subprocess.run(['dpkg-query', '-W', '-f', '${Version}', 'python3-cinder'], stdout=subprocess.PIPE,
                          encoding='utf-8', check=True).stdout


def main():
    with tempfile.TemporaryDirectory() as folder:
        made = make(folder)
        names = sorted(os.listdir(made))
        if sys.argv[1:] == ['--check']:
            differ = [name for name in names
                      if subprocess.run(['diff', '-rq', os.path.join(made, name), os.path.join(HERE, name)]).returncode]
            sys.exit('differ: ' + ', '.join(differ) if differ else 0)
        for name in names:
            target = os.path.join(HERE, name)
            if os.path.isdir(target):
                shutil.rmtree(target)
            shutil.move(os.path.join(made, name), target)


if __name__ == '__main__':
    main()
