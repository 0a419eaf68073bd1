import { useIsRestoring, type UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { ApiError, sayError } from "@/api/errors";
import { useGhost } from "@/lib/ghost";

import styles from "./Answer.module.css";
import { Button } from "./Button";
import { CopyButton } from "./CopyButton";

export interface AnswerProps<Data> {
  readonly query: Pick<UseQueryResult<Data>, "data" | "error" | "isFetching" | "isPlaceholderData" | "refetch">;
  /** What was asked for: "the runs". "Could not load the runs." */
  readonly what: string;
  readonly children: (data: Data) => ReactNode;
  /** The layout to come, in grey. */
  readonly ghost?: ReactNode;
  /** What to say where there is nothing; null where there is something. */
  readonly empty?: (data: Data) => ReactNode;
  /** Errors that are no errors here: a job that is not found is a page of its own. */
  readonly onError?: (error: unknown) => ReactNode;
}

/** What a query has: its data, or that it loads, or why there is none. Old data stays while new is asked for. */
export function Answer<Data>({ query, what, children, ghost, empty, onError }: AnswerProps<Data>) {
  const { data, error, isPlaceholderData } = query;
  const isRestoring = useIsRestoring();
  const isLoading = data === undefined && !error && !isRestoring;
  const isGhost = useGhost(isLoading);
  if (isLoading || (isGhost && data === undefined && !error))
    return (
      <div className={styles.ghost} aria-busy="true">
        {isGhost ? (ghost ?? <GhostLines />) : null}
        <span className="visually-hidden">Loading {what}</span>
      </div>
    );
  if (isGhost && data !== undefined)
    return (
      <div className={styles.ghost} aria-busy="true">
        {ghost ?? <GhostLines />}
      </div>
    );
  return (
    <>
      {error && (onError?.(error) ?? <Problem error={error} what={what} onRetry={() => void query.refetch()} />)}
      {data !== undefined && (
        <div className={styles.data} data-old={isPlaceholderData || undefined} aria-busy={isPlaceholderData}>
          {isPlaceholderData && <p className={styles.old}>Loading…</p>}
          {empty?.(data) ?? children(data)}
        </div>
      )}
    </>
  );
}

/** "Could not load the runs. The scheduler answered 503: … Request 7f3a…" Try again. */
export function Problem({ error, what, onRetry }: { readonly error: unknown; readonly what: string; readonly onRetry?: () => void }) {
  const requestId = error instanceof ApiError ? error.requestId : null;
  return (
    <div className={styles.problem} role="alert">
      <p>
        <strong>Could not load {what}.</strong> {sayError(error)}
      </p>
      <p className={styles.foot}>
        {requestId !== null && (
          <span>
            Request <span className="mono">{requestId}</span> <CopyButton text={requestId} what="the request’s id" />
          </span>
        )}
        {onRetry && <Button onClick={onRetry}>Try again</Button>}
      </p>
    </div>
  );
}

/** Some grey lines. */
export function GhostLines({ count = 4 }: { readonly count?: number }) {
  return (
    <div className={styles.lines} aria-hidden="true">
      {Array.from({ length: count }, (_, at) => (
        <span key={at} style={{ width: `${String(92 - ((at * 37) % 45))}%` }} />
      ))}
    </div>
  );
}
