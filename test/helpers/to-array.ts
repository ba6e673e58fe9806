/** All that an iteration yields, as `Array.fromAsync` collects it, which Node 20 does not have. */
export async function toArray<T>(iterable: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of iterable) values.push(value);
  return values;
}
