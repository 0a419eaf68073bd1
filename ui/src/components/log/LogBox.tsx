import { useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from "react";

import { sayError } from "@/api/errors";
import { Button } from "@/components/Button";
import { useZone } from "@/components/Zone";
import { formatDuration } from "@/lib/duration";
import { partsOf } from "@/lib/time";
import { toast } from "@/lib/toasts";

import type { LogDoc, Row, StreamName } from "./doc";
import type { Errors } from "./errors";
import type { Finding } from "./FindBar";
import styles from "./Log.module.css";
import { placeOf } from "./opening";
import { HitsDoc } from "./hitsDoc";
import type { Look, TimeMode } from "./rows";
import { patternOf, type Hit } from "./search";
import { StreamDoc } from "./streamDoc";
import { LogView } from "./view";
import type { OpenLog } from "./useLog";

export interface LogHandle {
  toEnd(): void;
  letGo(): void;
  toHit(hit: Hit): void;
  toError(step: 1 | -1): Promise<void>;
}

interface LogBoxProps {
  readonly ref: Ref<LogHandle>;
  readonly log: OpenLog;
  /** When the attempt began: relative times count from here. */
  readonly began: number | null;
  readonly at: string | undefined;
  readonly find: Finding | null;
  readonly wrap: boolean;
  readonly times: TimeMode;
  readonly onFollow: (follow: { isFollowing: boolean; newLines: number }) => void;
  readonly onChoose: (stream: StreamName, at: string) => void;
}

const two = (value: number): string => String(value).padStart(2, "0");

/** The lines. React makes the box; what is in it is drawn once a frame by the view, however much comes. */
export function LogBox({ ref, log, began, at, find, wrap, times, onFollow, onChoose }: LogBoxProps) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<LogView>(null);
  const zone = useZone();
  const [failure, setFailure] = useState<unknown>(null);
  const { doc, errors } = log;
  const places = usePlaces(doc, errors);
  const pattern = find ? patternOf(find) : undefined;
  const source = pattern?.source;
  const flags = pattern?.flags;
  const look = useMemo<Look>(() => {
    const timeOf = (ms: number): string => {
      if (times === "relative") return `+${formatDuration(Math.max(0, ms - (began ?? ms)))}`;
      const parts = partsOf(ms, zone);
      return `${two(parts.hour)}:${two(parts.minute)}:${two(parts.second)}.${String(ms % 1000).padStart(3, "0")}`;
    };
    return { times, timeOf, find: source === undefined ? undefined : new RegExp(source, flags), isError: (row) => places.length > 0 && errors.has(row) };
  }, [times, began, zone, source, flags, errors, places]);
  const hits = find?.isFiltered ? find.found?.hits : undefined;
  const shown = useMemo(() => (hits ? new HitsDoc(doc, hits) : doc), [doc, hits]);
  const latest = useRef({ log, look, at, onFollow, onChoose, last: undefined as Row | undefined });
  useEffect(() => {
    Object.assign(latest.current, { log, look, at, onFollow, onChoose });
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
    openAt(made, shown, now.log, now.at);
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

  useImperativeHandle(ref, () => {
    return {
      toEnd: () => view.current?.toEnd(),
      letGo: () => view.current?.letGo(),
      toHit: (hit) => {
        view.current?.choose({ stream: hit.stream, from: hit.offset, to: hit.offset + 1 });
        view.current?.toPosition(hit.position);
      },
      toError: async (step) => {
        view.current?.letGo();
        try {
          await errors.ask(log.isLive); // what is written since has not been looked at
        } catch (error) {
          toast(`Could not look for errors. ${sayError(error)}`, { isBad: true });
          return;
        }
        const all = errors.places(doc);
        const edge = step > 0 ? view.current?.position : view.current?.bottom;
        const from = chosenPlace(view.current, step) ?? edge ?? 0;
        const place = step > 0 ? all.find((each) => each >= from) : all.findLast((each) => each < from);
        if (place !== undefined) view.current?.point(place);
        else toast(all.length === 0 ? "No line tells of an error." : `No error ${step > 0 ? "below" : "above"}.`);
      },
    };
  }, [doc, errors, log.isLive]);

  const ticks = useMemo(() => (log.isLive ? [] : sharesOf(places, doc)), [places, doc, log.isLive]);
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
function openAt(view: LogView, shown: LogDoc, log: OpenLog, at: string | undefined): void {
  const stream = log.doc instanceof StreamDoc ? log.doc.stream : undefined;
  const place = stream && placeOf(at);
  const isWhole = shown === log.doc;
  view.show(shown, isWhole && log.isLive && !place);
  if (!isWhole) view.toStart();
  else if (place) {
    view.choose({ stream, ...place });
    view.toPosition(place.from);
  } else if (!log.isLive) {
    if (log.landing === null) view.toEnd();
    else view.point(log.landing);
  }
}

/** Where to look on from: behind the chosen line where it is among those that are drawn. */
function chosenPlace(view: LogView | null, step: 1 | -1): number | undefined {
  const row = view?.rows.find((each) => each.stream === view.chosen?.stream && each.bytes[0] === view.chosen.from);
  return row && (step > 0 ? row.to : row.from);
}

/** Where errors are; a new list when more of them are known. */
function usePlaces(doc: LogDoc, errors: Errors): readonly number[] {
  const [known, setKnown] = useState({ doc, places: errors.places(doc) });
  useEffect(() => {
    const look = () => setKnown({ doc, places: errors.places(doc) });
    look();
    return errors.onChange(look);
  }, [doc, errors]);
  return known.doc === doc ? known.places : NOWHERE;
}

const NOWHERE: readonly number[] = [];
const STEPS = 500;

/** Places as shares of the whole, those that would be drawn upon each other once. */
function sharesOf(places: readonly number[], doc: LogDoc): readonly number[] {
  const length = Math.max(1, doc.size - doc.first);
  return [...new Set(places.map((place) => Math.round(((place - doc.first) / length) * STEPS) / STEPS))];
}
