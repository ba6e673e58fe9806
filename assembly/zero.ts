/** Zero scan: whether a range contains only zeros. Stops at the first step with another byte. */

// @ts-ignore: decorator
@inline
function anyOf128(at: usize): bool {
  const low = v128.or(
    v128.or(v128.load(at, 0), v128.load(at, 16)), v128.or(v128.load(at, 32), v128.load(at, 48)),
  );
  const high = v128.or(
    v128.or(v128.load(at, 64), v128.load(at, 80)), v128.or(v128.load(at, 96), v128.load(at, 112)),
  );
  return v128.any_true(v128.or(low, high));
}

// @ts-ignore: decorator
@inline
function anyOf32(at: usize): bool {
  return ((load<u64>(at, 0) | load<u64>(at, 8)) | (load<u64>(at, 16) | load<u64>(at, 24))) != 0;
}

export function isZero(at: usize, length: usize): bool {
  const end = at + length;
  if (ASC_FEATURE_SIMD) {
    for (; end - at >= 128; at += 128) if (anyOf128(at)) return false;
  }
  for (; end - at >= 32; at += 32) if (anyOf32(at)) return false;
  for (; at < end; at++) if (load<u8>(at) != 0) return false;
  return true;
}
