"""Volumes made from a recipe: the same as test/fixtures/volume-recipe.ts, byte for byte."""


def volumes_of(recipe):
    """The volume as it was at each backup of `recipe`, in order."""
    volume = bytearray(recipe['size'])
    points = []
    for writes in recipe['history']:
        for write in writes:
            end = write['offset'] + write['length']
            if end > len(volume):
                raise ValueError('write ends at %d, the volume has %d bytes' % (end, len(volume)))
            volume[write['offset']:end] = FILLS[write['fill']](write['length'], write['seed'])
        points.append(bytes(volume))
    return points


def random_bytes(length, seed):
    """xorshift32 (13, 17, 5), each state as four bytes, least significant first."""
    data = bytearray()
    state = seed
    while len(data) < length:
        state ^= state << 13 & 0xffffffff
        state ^= state >> 17
        state ^= state << 5 & 0xffffffff
        data += state.to_bytes(4, 'little')
    return bytes(data[:length])


def text_bytes(length, seed):
    data = bytearray()
    number = 0
    while len(data) < length:
        number += 1
        data += b'seed %d line %d: all work and no play makes a dull volume\n' % (seed, number)
    return bytes(data[:length])


def zero_bytes(length, _seed):
    return bytes(length)


FILLS = {'random': random_bytes, 'text': text_bytes, 'zero': zero_bytes}
