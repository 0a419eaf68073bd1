import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";

import { sayError } from "@/api/errors";
import { Button } from "@/components/Button";
import { useZone } from "@/components/Zone";
import { formatDuration } from "@/lib/duration";
import { partsOf } from "@/lib/time";

import type { LogDoc, Row, StreamName } from "./doc";
import { isError } from "./errors";
import type { Finding } from "./FindBar";
import styles from "./Log.module.css";
import { placeOf } from "./opening";
import type { Look, TimeMode } from "./rows";
import { HitsDoc, landingOf, nextMatch, patternOf } from "./search";
import { StreamDoc } from "./streamDoc";
import { LogView } from "./view";
import type { OpenLog } from "./useLog";

export interface LogHandle {
  toEnd(): void;
  letGo(): void;
  toRow(row: Row): void;
  toError(step: 1 | -1): Promise<void>;
}

interface LogBoxProps {
  readonly ref: Ref<LogHandle>;
  readonly log: OpenLog;
  /** When the attempt began: relative times count from here. */
  readonly began: number | null;
  readonly isBad: boolean;
  readonly at: string | undefined;
  readonly find: Finding | null;
  readonly wrap: boolean;
  readonly times: TimeMode;
  readonly onFollow: (follow: { isFollowing: boolean; newLines: number }) => void;
  readonly onChoose: (stream: StreamName, at: string) => void;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The lines. React makes the box; what is in it is drawn once a frame by the view, however much comes. */
export function LogBox({ ref, log, began, isBad, at, find, wrap, times, onFollow, onChoose }: LogBoxProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<LogView>(null);
  const zone = useZone();
  const [failure, setFailure] = useState<unknown>(null);
  const { doc } = log;
  const pattern = find ? patternOf(find) : undefined;
  const source = pattern?.source;
  const flags = pattern?.flags;
  const look = useMemo<Look>(() => {
    const timeOf = (ms: number): string => {
      if (times === "relative") return `+${formatDuration(Math.max(0, ms - (began ?? ms)))}`;
      const parts = partsOf(ms, zone);
      return `${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}.${String(ms % 1000).padStart(3, "0")}`;
    };
    return { times, timeOf, find: source === undefined ? undefined : new RegExp(source, flags), isError };
  }, [times, began, zone, source, flags]);
  const hits = find?.isFiltered ? find.found?.hits : undefined;
  const shown = useMemo(() => (hits ? new HitsDoc(doc, hits) : doc), [doc, hits]);
  const latest = useRef({ log, look, isBad, at, onFollow, onChoose, last: undefined as Row | undefined });
  useEffect(() => {
    Object.assign(latest.current, { log, look, isBad, at, onFollow, onChoose });
  });

  useEffect(() => {
    if (!host.current) return;
    const now = latest.current;
    const made = new LogView(host.current, now.look, styles, {
      onFollow: (isFollowing, newLines) => latest.current.onFollow({ isFollowing, newLines }),
      onNumber: (row, isExtended) => {
        const before = isExtended && latest.current.last?.stream === row.stream ? latest.current.last : row;
        if (!isExtended) latest.current.last = row;
        const from = Math.min(before.bytes[0], row.bytes[0]);
        const to = Math.max(before.bytes[1], row.bytes[1]);
        made.choose({ stream: row.stream, from, to });
        latest.current.onChoose(row.stream, `${from}-${to}`);
      },
    });
    view.current = made;
    openAt(made, shown, now.log, now.isBad, now.at);
    return () => {
      made.close();
      view.current = null;
    };
  }, [shown]);
  useEffect(() => view.current?.setLook(look), [look, wrap]);
  useEffect(() => {
    if (shown === doc) view.current?.setLive(log.isLive);
  }, [log.isLive, shown, doc]);
  useEffect(() => doc.onChange(() => setFailure(doc.failure)), [doc]);
  useEffect(() => {
    if (times !== "off") doc.wantTimes();
  }, [doc, times]);

  const walk = useRef<AbortController>(undefined);
  useEffect(() => () => walk.current?.abort(), []);
  useImperativeHandle(ref, () => {
    const toRow = (row: Row) => {
      view.current?.choose({ stream: row.stream, from: row.bytes[0], to: row.bytes[1] });
      view.current?.toPosition(row.from);
    };
    return {
      toEnd: () => view.current?.toEnd(),
      letGo: () => view.current?.letGo(),
      toRow,
      toError: async (step) => {
        walk.current?.abort();
        walk.current = new AbortController();
        view.current?.letGo();
        const from = chosenPlace(view.current, step) ?? view.current?.position ?? 0;
        const found = await nextMatch(doc, from, step, isError, walk.current.signal);
        if (found) toRow(found);
      },
    };
  }, [doc]);

  const ticks = useTicks(doc, log.isLive);
  return (
    <>
      <div
        ref={host}
        className={styles.box}
        data-wrap={wrap || undefined}
        role="log"
        aria-live="off"
        aria-label="Output"
         
        tabIndex={0}
      />
      <div className={styles.ticks} aria-hidden="true">
        {ticks.map((share) => (
          <span key={share} className={styles.tick} style={{ top: `${share * 100}%` }} />
        ))}
      </div>
      {failure !== null && (
        <div className={styles.failure} role="alert">
          Could not load this part. {sayError(failure)}
          <Button onClick={() => doc.retry()}>Try again</Button>
        </div>
      )}
    </>
  );
}

/** Where it opens: at the place of the address, at the error of what failed, else at the end. */
function openAt(view: LogView, shown: LogDoc, log: OpenLog, isBad: boolean, at: string | undefined): void {
  const stream = log.doc instanceof StreamDoc ? log.doc.stream : undefined;
  const place = stream && placeOf(at);
  const isWhole = shown === log.doc;
  view.show(shown, isWhole && log.isLive && !place);
  if (!isWhole) view.toStart();
  else if (place) {
    view.choose({ stream, ...place });
    view.toPosition(place.from);
  } else if (!log.isLive) {
    const landing = isBad ? landingOf(log.doc, isError) : null;
    if (landing) {
      view.choose({ stream: landing.stream, from: landing.bytes[0], to: landing.bytes[1] });
      view.toPosition(landing.from);
    } else view.toEnd();
  }
}

/** Where to look on from: behind the chosen line where it is among those that are drawn. */
function chosenPlace(view: LogView | null, step: 1 | -1): number | undefined {
  const row = view?.rows.find((each) => each.stream === view.chosen?.stream && each.bytes[0] === view.chosen.from);
  return row && (step > 0 ? row.to : row.from);
}

const MOST_TICKED = 2 * 1024 * 1024;
const MOST_TICKS = 200;

/** Where errors are, as shares of the whole: of logs that are not too long, when they stand still. */
function useTicks(doc: LogDoc, isLive: boolean): readonly number[] {
  const [ticks, setTicks] = useState<readonly number[]>([]);
  useEffect(() => {
    if (isLive || doc.size - doc.first > MOST_TICKED) return;
    const end = new AbortController();
    const look = async () => {
      const found = new Set<number>();
      let at = doc.first;
      while (found.size < MOST_TICKS) {
        const row = await nextMatch(doc, at, 1, isError, end.signal);
        if (!row) break;
        found.add(Math.round(((row.from - doc.first) / Math.max(1, doc.size - doc.first)) * 500) / 500);
        at = row.to;
      }
      if (!end.signal.aborted) setTicks([...found]);
    };
    void look();
    return () => end.abort();
  }, [doc, isLive]);
  return ticks;
}
