/** Where the tasks of a graph stand. Pure, and slow for hundreds of them: it is called in a worker. */

import dagre from "@dagrejs/dagre";

export const NODE_WIDTH = 200;
export const NODE_HEIGHT = 44;

/** `LR`: dependencies to the left; `TB`: above, for narrow screens. */
export type Direction = "LR" | "TB";

export interface LayoutInput {
  readonly tasks: readonly { readonly id: string; readonly depends_on: readonly string[] }[];
  readonly direction: Direction;
}

export interface Place {
  readonly id: string;
  /** Of its left upper corner. */
  readonly x: number;
  readonly y: number;
}

/** Above this, the exact ranks take seconds. */
const MOST_EXACT = 150;

export function layout({ tasks, direction }: LayoutInput): Place[] {
  const graph = new dagre.graphlib.Graph();
  const ranker = tasks.length <= MOST_EXACT ? "network-simplex" : "longest-path";
  graph.setGraph({ rankdir: direction, nodesep: direction === "LR" ? 16 : 24, ranksep: direction === "LR" ? 64 : 40, ranker, marginx: 8, marginy: 8 });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(tasks.map((task) => task.id));
  for (const task of tasks) graph.setNode(task.id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const task of tasks) for (const id of task.depends_on) if (known.has(id)) graph.setEdge(id, task.id);
  dagre.layout(graph);
  return tasks.map((task) => {
    const { x, y } = graph.node(task.id) as { readonly x: number; readonly y: number };
    return { id: task.id, x: Math.round(x - NODE_WIDTH / 2), y: Math.round(y - NODE_HEIGHT / 2) };
  });
}
