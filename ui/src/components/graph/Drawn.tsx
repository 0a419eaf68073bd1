import "@xyflow/react/dist/base.css";

import { Background, Controls, Handle, Position, ReactFlow, type Edge, type Node, type NodeProps, type ReactFlowInstance } from "@xyflow/react";
import { useEffect, useMemo, useRef, useState } from "react";

import { StatusMark } from "@/components/Status";
import { plural } from "@/lib/duration";
import { TONE } from "@/lib/status";

import type { GraphProps, GraphTask } from "./Graph";
import styles from "./Graph.module.css";
import { NODE_HEIGHT, NODE_WIDTH, type Direction, type Place } from "./layout";
import { placesOf } from "./places";
import { isArrow, walk } from "./walk";

interface Data extends Record<string, unknown> {
  readonly task: GraphTask;
  readonly isChosen: boolean;
  readonly direction: Direction;
}
type TaskNode = Node<Data, "task">;

const NARROW = 560;
const NODE_TYPES = { task: Task };

/** The graph as a drawing. One stop for Tab; arrows walk along dependencies. */
export default function Drawn({ tasks, definition, chosen, onChoose }: GraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const flow = useRef<ReactFlowInstance<TaskNode>>(null);
  const [direction, setDirection] = useState<Direction>();
  const [places, setPlaces] = useState<readonly Place[]>([]);
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (!frame.current) return;
    const sizes = new ResizeObserver(([entry]) => setDirection((entry?.contentRect.width ?? 0) < NARROW ? "TB" : "LR"));
    sizes.observe(frame.current);
    return () => sizes.disconnect();
  }, []);
  const shape = useRef(tasks);
  useEffect(() => {
    shape.current = tasks;
  });
  useEffect(() => {
    if (!direction) return;
    let isCurrent = true;
    const input = { tasks: shape.current.map(({ id, depends_on }) => ({ id, depends_on })), direction };
    placesOf(definition, input)
      .then((found) => isCurrent && setPlaces(found))
      .catch((error: unknown) => isCurrent && setFailure(String(error)));
    return () => {
      isCurrent = false;
    };
  }, [definition, direction]);

  const nodes = useMemo(() => nodesOf(tasks, places, chosen, direction ?? "LR"), [tasks, places, chosen, direction]);
  const edges = useMemo(() => edgesOf(tasks), [tasks]);
  useEffect(() => {
    if (places.length > 0) requestAnimationFrame(() => void flow.current?.fitView({ maxZoom: 1, minZoom: 0.4, padding: 0.08 }));
  }, [places]);
  const press = (event: KeyboardEvent) => {
    if (!isArrow(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = walk(tasks, places, chosen ?? "", event.key, direction ?? "LR");
    if (next === undefined) return;
    onChoose(next);
    void flow.current?.fitView({ nodes: [{ id: next }], maxZoom: flow.current.getZoom(), minZoom: flow.current.getZoom() });
  };
  useEffect(() => {
    const element = frame.current;
    element?.addEventListener("keydown", press);
    return () => element?.removeEventListener("keydown", press);
  });
  const at = tasks.find((task) => task.id === chosen);
  return (
    <div
      ref={frame}
      className={styles.frame}
      role="application"
      aria-roledescription="graph"
      aria-label={`${plural(tasks.length, "task")} by dependency. Arrows walk along dependencies.${at ? ` ${sayTask(at)}` : ""}`}
      tabIndex={0}
    >
      {failure !== undefined && <p role="alert">Could not lay out the graph. {failure}</p>}
      {places.length > 0 && (
        <ReactFlow<TaskNode>
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          onInit={(made) => {
            flow.current = made;
          }}
          onNodeClick={(_, node) => onChoose(node.id)}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          onlyRenderVisibleElements
          zoomOnDoubleClick={false}
          minZoom={0.1}
          maxZoom={1.5}
          fitView
          fitViewOptions={{ maxZoom: 1, minZoom: 0.4, padding: 0.08 }}
        >
          <Background gap={24} className={styles.ground ?? ""} />
          <Controls showInteractive={false} className={styles.controls ?? ""} />
        </ReactFlow>
      )}
    </div>
  );
}

function nodesOf(tasks: readonly GraphTask[], places: readonly Place[], chosen: string | undefined, direction: Direction): TaskNode[] {
  const at = new Map(places.map((place) => [place.id, place]));
  return tasks.flatMap((task) => {
    const place = at.get(task.id);
    if (!place) return [];
    const size = { width: NODE_WIDTH, height: NODE_HEIGHT };
    return [{ id: task.id, type: "task" as const, position: place, ...size, initialWidth: NODE_WIDTH, initialHeight: NODE_HEIGHT, data: { task, isChosen: task.id === chosen, direction } }];
  });
}

function edgesOf(tasks: readonly GraphTask[]): Edge[] {
  const known = new Set(tasks.map((task) => task.id));
  return tasks.flatMap((task) =>
    task.depends_on
      .filter((id) => known.has(id))
      .map((id) => ({
        id: `${id}>${task.id}`,
        source: id,
        target: task.id,
        type: "smoothstep",
        className: (task.heldBy === id ? styles.held : styles.edge) ?? "",
        ...(task.condition === "all_success" ? {} : { label: task.condition.replaceAll("_", " ") }),
      })),
  );
}

function Task({ data }: NodeProps<TaskNode>) {
  const { task, isChosen, direction } = data;
  return (
    <div className={styles.node} data-tone={task.status && TONE[task.status]} data-status={task.status} data-chosen={isChosen || undefined} title={sayTask(task)}>
      <Handle type="target" position={direction === "LR" ? Position.Left : Position.Top} isConnectable={false} className={styles.handle ?? ""} />
      {task.status && <StatusMark status={task.status} />}
      <span className={styles.words}>
        <span className="cut">{task.id}</span>
        {task.note !== undefined && <span className={styles.note}>{task.note}</span>}
      </span>
      {(task.attempts ?? 0) > 1 && <span className={styles.tries}>×{task.attempts}</span>}
      <Handle type="source" position={direction === "LR" ? Position.Right : Position.Bottom} isConnectable={false} className={styles.handle ?? ""} />
    </div>
  );
}

function sayTask(task: GraphTask): string {
  const after = task.depends_on.length > 0 ? `after ${task.depends_on.join(", ")}` : "";
  return [task.id, task.note?.startsWith(task.status ?? "") ? task.note : [task.status, task.note].filter(Boolean).join(", "), after].filter(Boolean).join(", ");
}
