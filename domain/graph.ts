/** A member of a graph with the names of those that come before it. Unknown names are ignored. */
export interface GraphNode {
  readonly name: string;
  readonly before: readonly string[];
}

/**
 * Names in an order in which each comes after those before it; where that leaves a choice, in the order given.
 * Members of cycles, and what comes after them, are left out.
 */
export function topologicalOrder(nodes: readonly GraphNode[]): readonly string[] {
  const known = new Set(nodes.map((node) => node.name));
  const order: string[] = [];
  const taken = new Set<string>();
  const ready = (node: GraphNode) => !taken.has(node.name) && node.before.every((name) => taken.has(name) || !known.has(name));
  for (let next = nodes.find(ready); next !== undefined; next = nodes.find(ready)) {
    taken.add(next.name);
    order.push(next.name);
  }
  return order;
}

/** Cycles that share no member, each as its members in order: every one comes after the next, and the last after the first. */
export function findCycles(nodes: readonly GraphNode[]): readonly (readonly string[])[] {
  const ordered = new Set(topologicalOrder(nodes));
  const stuck = nodes.filter((node) => !ordered.has(node.name));
  const first = stuck[0];
  if (first === undefined) return [];
  const cycle = walkBack(first, stuck);
  return [cycle, ...findCycles(stuck.filter((node) => !cycle.includes(node.name)))];
}

/** Each stuck member has a stuck member before it, so that walking back must come round. */
function walkBack(from: GraphNode, stuck: readonly GraphNode[]): readonly string[] {
  const byName = new Map(stuck.map((node) => [node.name, node]));
  const path: string[] = [];
  for (let node: GraphNode | undefined = from; node !== undefined; ) {
    const start = path.indexOf(node.name);
    if (start >= 0) return path.slice(start);
    path.push(node.name);
    const previous: string | undefined = node.before.find((name) => byName.has(name));
    node = previous === undefined ? undefined : byName.get(previous);
  }
  return path;
}

/** All that comes before a member, at any distance. */
export function ancestorsOf(name: string, nodes: readonly GraphNode[]): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set<string>();
  const open = [...(byName.get(name)?.before ?? [])];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    open.push(...(byName.get(next)?.before ?? []));
  }
  return found;
}
