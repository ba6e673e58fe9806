/**
 * The results of `work` for each item, in the order of the items, of which up to `lanes` are worked on at once. After a
 * failure nothing more is begun; it rejects when nothing is under way any more, with what the earliest item threw.
 */
export async function sideBySide<In, Out>(
  items: readonly In[],
  lanes: number,
  work: (item: In, index: number) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  const failures = new Map<number, unknown>();
  const entries = items.entries();
  const lane = async (): Promise<void> => {
    for (const [index, item] of entries) {
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failures.set(index, error);
      }
      if (failures.size > 0) return;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.size > 0) throw failures.get(Math.min(...failures.keys()));
  return results;
}
