import { useNow } from "@/lib/clock";
import { formatDuration, isoDuration } from "@/lib/duration";
import { formatExact, formatRelative, formatTime, formatUtc, isoTime } from "@/lib/time";

import { useZone } from "./Zone";

/** A moment: short, in the chosen zone; all of it in the card that hovering shows. A click copies it (`copied.ts`). */
export function Time({ at, isRelative = false }: { readonly at: number; readonly isRelative?: boolean }) {
  const zone = useZone();
  const now = useNow(isRelative ? 1_000 : 60_000);
  return (
    <time dateTime={isoTime(at)} data-tip={timeCard(at, zone, now)} data-copies={isoTime(at)}>
      {isRelative ? formatRelative(at, now) : formatTime(at, zone, now)}
    </time>
  );
}

/** `2026-03-12 03:00:00.412 Europe/Berlin · 02:00:00Z · 3 h ago`. */
export function timeCard(at: number, zone: string, now: number): string {
  return `${formatExact(at, zone)} · ${formatUtc(at)} · ${formatRelative(at, now)}`;
}

/** How long something took. */
export function Duration({ ms }: { readonly ms: number }) {
  return <time dateTime={isoDuration(ms)}>{formatDuration(ms)}</time>;
}

/** How long something takes so far, each second anew. */
export function Elapsed({ since }: { readonly since: number }) {
  const now = useNow(1_000);
  return <Duration ms={Math.max(0, Math.floor((now - since) / 1_000) * 1_000)} />;
}
