/**
 * Runs `work` for each item, up to `concurrency` at once, and returns the results in the order of the items. After a failure
 * no further item is started; once the running ones have ended, it rejects with the error of the earliest item.
 */
export async function sideBySide<In, Out>(
  items: readonly In[],
  concurrency: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const failures = new Map<number, unknown>();
  const entries = items.entries();
  const loop = async (): Promise<void> => {
    for (const [index, item] of entries) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.set(index, error);
      }
      if (failures.size > 0) return;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
