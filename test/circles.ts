/** Circles in a graph: sets of nodes of which each reaches every other (Tarjan's strongly connected components). */
export function circlesOf(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];

  const lower = (node: string, number: number): void => {
    lowest.set(node, Math.min(lowest.get(node)!, number));
  };
  const visit = (node: string): void => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    path.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!order.has(next)) {
        visit(next);
        lower(node, lowest.get(next)!);
      } else if (path.includes(next)) {
        lower(node, order.get(next)!);
      }
    }
    if (lowest.get(node) !== order.get(node)) return;
    const circle = path.splice(path.indexOf(node));
    if (circle.length > 1 || graph.get(node)?.includes(node)) circles.push(circle.sort());
  };

  for (const node of graph.keys()) if (!order.has(node)) visit(node);
  return circles;
}
