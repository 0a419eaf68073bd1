import { announce } from "@/lib/announce";
import { copyText } from "@/lib/copy";
import { toast } from "@/lib/toasts";

/** The moment in an element, or around it, as a click there copies it; undefined where a click does something else. */
export function momentAt(element: Element): string | undefined {
  const time = element.closest<HTMLElement>("[data-copies]");
  return time === null || time.closest("a, button, summary, label") ? undefined : time.dataset.copies;
}

/** The first moment in what has the focus: for those who have no pointer. */
export function momentInFocus(): string | undefined {
  const focused = document.activeElement;
  return focused === document.body ? undefined : (focused?.querySelector<HTMLElement>("[data-copies]")?.dataset.copies ?? undefined);
}

export async function copyMoment(moment: string): Promise<void> {
  if (await copyText(moment)) {
    toast(`Copied ${moment}`);
    announce(`Copied ${moment}`);
  } else toast(`This browser lets no page copy: ${moment}`, { isBad: true });
}

/** A click of the mouse on a moment copies it. A finger means the row that the moment is in. */
export function copyClicked(event: MouseEvent): void {
  if ("pointerType" in event && event.pointerType === "touch") return;
  const moment = event.target instanceof Element ? momentAt(event.target) : undefined;
  if (moment === undefined || getSelection()?.type === "Range") return;
  event.stopPropagation(); // the row is not meant
  void copyMoment(moment);
}
