import { Link } from "@tanstack/react-router";
import { Fragment } from "react";

import { sayWhy, type Piece, type Why as Reason } from "@/lib/reason";

import { Time } from "./Time";

/** Why a due time did not run: a sentence whose evidence can be opened. */
export function Why({ reason, evidence }: Reason) {
  return sayWhy({ reason, evidence }).map((piece, place) => <Fragment key={place}>{show(piece)}</Fragment>);
}

function show(piece: Piece) {
  switch (piece.kind) {
    case "text":
      return piece.text;
    case "time":
      return <Time at={piece.at} />;
    case "job":
      return (
        <Link to="/jobs/$jobId" params={{ jobId: piece.jobId }}>
          {piece.jobId}
        </Link>
      );
    case "run":
      return <RunLink runId={piece.runId} />;
  }
}

/** A run by the beginning of its id; the whole of it is behind the link. */
export function RunLink({ runId, children }: { readonly runId: string; readonly children?: React.ReactNode }) {
  return (
    <Link to="/runs/$runId" params={{ runId }} title={runId}>
      {children ?? <span className="mono">{shortId(runId)}</span>}
    </Link>
  );
}

/** What tells runs of one day apart: ids begin with the time, so their end is shown. */
export function shortId(runId: string): string {
  return runId.length > 12 ? `${runId.slice(0, 4)}…${runId.slice(-4)}` : runId;
}
