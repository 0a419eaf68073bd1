/** The nine states that anything is shown in: their words, and whether something ran. */

export type Status =
  | "completed"
  | "failed"
  | "running"
  | "retrying"
  | "interrupted"
  | "cancelled"
  | "pending"
  | "skipped"
  | "missed";

export const STATUSES: readonly Status[] = [
  "completed",
  "failed",
  "running",
  "retrying",
  "interrupted",
  "cancelled",
  "pending",
  "skipped",
  "missed",
];

/** Which of the six colours (`--<tone>-mark`, `-text`, `-tint`) a status has. */
export const TONE: Record<Status, "completed" | "failed" | "running" | "retrying" | "interrupted" | "neutral"> = {
  completed: "completed",
  failed: "failed",
  running: "running",
  retrying: "retrying",
  interrupted: "interrupted",
  cancelled: "neutral",
  pending: "neutral",
  skipped: "neutral",
  missed: "failed",
};

/** Whether it is over and will not change. */
export function isOver(status: Status): boolean {
  return status !== "running" && status !== "retrying" && status !== "pending";
}

/** Whether it is over, and somebody should look: it failed or nobody knows how it ended. */
export function isBad(status: Status): boolean {
  return status === "failed" || status === "interrupted";
}

const CHARACTERS: Record<string, Status> = {
  c: "completed",
  f: "failed",
  i: "interrupted",
  x: "cancelled",
  s: "skipped",
  r: "running",
  t: "retrying",
  p: "pending",
};

/** The status that a character of a columnar answer stands for; null for `-`, where there was no such task. */
export function statusOf(character: string): Status | null {
  return CHARACTERS[character] ?? null;
}
