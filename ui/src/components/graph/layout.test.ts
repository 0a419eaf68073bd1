import { describe, expect, it } from "vitest";

import { layout, NODE_HEIGHT, NODE_WIDTH } from "./layout";
import { walk, type Arrow } from "./walk";

const task = (id: string, ...depends_on: string[]) => ({ id, depends_on });
const DIAMOND = [task("a"), task("b", "a"), task("c", "a"), task("d", "b", "c")];

describe("the layout", () => {
  it("a task stands behind all that it depends on", () => {
    const at = new Map(layout({ tasks: DIAMOND, direction: "LR" }).map((place) => [place.id, place]));
    for (const each of DIAMOND) for (const id of each.depends_on) expect(at.get(id)!.x + NODE_WIDTH).toBeLessThan(at.get(each.id)!.x);
  });
  it("on a narrow screen it stands below", () => {
    const at = new Map(layout({ tasks: DIAMOND, direction: "TB" }).map((place) => [place.id, place]));
    for (const each of DIAMOND) for (const id of each.depends_on) expect(at.get(id)!.y + NODE_HEIGHT).toBeLessThan(at.get(each.id)!.y);
  });
  it("no two tasks overlap, among hundreds", () => {
    const tasks = Array.from({ length: 300 }, (_, index) => task(`t${index}`, ...(index === 0 ? [] : [`t${Math.floor((index - 1) / 3)}`])));
    const places = layout({ tasks, direction: "LR" });
    const seen = new Set(places.map((place) => `${place.x},${place.y}`));
    expect(seen.size).toBe(300);
    const column = places.filter((place) => place.x === places.at(-1)!.x).sort((a, b) => a.y - b.y);
    for (let index = 1; index < column.length; index += 1) expect(column[index]!.y - column[index - 1]!.y).toBeGreaterThanOrEqual(NODE_HEIGHT);
  });
  it("a dependency that is no task of the graph is passed over", () => {
    expect(layout({ tasks: [task("a", "gone")], direction: "LR" })).toHaveLength(1);
  });
});

describe("arrows", () => {
  const places = layout({ tasks: DIAMOND, direction: "LR" });
  const upper = places.find((place) => place.id === "b")!.y < places.find((place) => place.id === "c")!.y ? "b" : "c";
  const lower = upper === "b" ? "c" : "b";
  it.each<[string, Arrow, string | undefined]>([
    ["d", "ArrowRight", undefined],
    [upper, "ArrowLeft", "a"],
    [upper, "ArrowRight", "d"],
    [upper, "ArrowDown", lower],
    [lower, "ArrowUp", upper],
    [upper, "ArrowUp", undefined],
  ])("from %s %s leads to %s", (from, arrow, to) => expect(walk(DIAMOND, places, from, arrow, "LR")).toBe(to));
  it("from nowhere they lead to the first", () => expect(walk(DIAMOND, places, "", "ArrowDown", "LR")).toBe("a"));
});
