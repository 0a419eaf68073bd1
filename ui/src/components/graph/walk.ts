/** Where an arrow leads from a task: along its dependencies, or to its neighbour. */

import type { Direction, Place } from "./layout";

export interface Walked {
  readonly id: string;
  readonly depends_on: readonly string[];
}

export type Arrow = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

export function isArrow(key: string): key is Arrow {
  return key === "ArrowLeft" || key === "ArrowRight" || key === "ArrowUp" || key === "ArrowDown";
}

/** The task that an arrow leads to, if any. */
export function walk(tasks: readonly Walked[], places: readonly Place[], from: string, arrow: Arrow, direction: Direction): string | undefined {
  const at = new Map(places.map((place) => [place.id, place]));
  const here = at.get(from);
  if (!here) return places[0]?.id;
  const [back, on, before] = direction === "LR" ? ["ArrowLeft", "ArrowRight", "ArrowUp"] : ["ArrowUp", "ArrowDown", "ArrowLeft"];
  const across = (place: Place): number => (direction === "LR" ? place.y : place.x);
  const along = (place: Place): number => (direction === "LR" ? place.x : place.y);
  if (arrow === back || arrow === on) {
    const ids =
      arrow === back
        ? (tasks.find((task) => task.id === from)?.depends_on ?? [])
        : tasks.filter((task) => task.depends_on.includes(from)).map((task) => task.id);
    return nearest(ids.flatMap((id) => at.get(id) ?? []), (place) => Math.abs(across(place) - across(here)));
  }
  const step = arrow === before ? -1 : 1;
  const beside = places.filter((place) => along(place) === along(here) && (across(place) - across(here)) * step > 0);
  return nearest(beside, (place) => Math.abs(across(place) - across(here)));
}

function nearest(places: readonly Place[], distance: (place: Place) => number): string | undefined {
  return places.reduce<Place | undefined>((best, place) => (best === undefined || distance(place) < distance(best) ? place : best), undefined)?.id;
}
