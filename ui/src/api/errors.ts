/** What can go wrong with a call: the scheduler said no, or it did not answer at all. */

/** The members of problem+json that every error has; the evidence is in further ones. */
export interface Problem {
  readonly title?: string;
  readonly status?: number;
  readonly detail?: string;
  readonly code?: string;
  readonly [evidence: string]: unknown;
}

/** The scheduler answered with an error. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;

  constructor(
    readonly status: number,
    readonly problem: Problem,
    readonly requestId: string | null,
  ) {
    super(problem.detail ?? problem.title ?? `status ${status}`);
    this.code = problem.code ?? "";
  }
}

/** Nothing came back: the scheduler is gone, or the way to it. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";

  constructor(cause: unknown) {
    super("The scheduler does not answer.", { cause });
  }
}

/** Say what happened in one sentence, for people. */
export function sayError(error: unknown): string {
  if (error instanceof ApiError) return `The scheduler answered ${error.status}: ${error.message}`;
  if (error instanceof NoAnswer) return error.message;
  return error instanceof Error ? error.message : String(error);
}

/** Say whether an error is the answer that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

/** When what was asked for was removed, where the answer says that it was (ms); else undefined. */
export function removedAt(error: unknown): number | undefined {
  if (!(error instanceof ApiError) || error.status !== 410) return undefined;
  const at = error.problem.removed_at;
  return typeof at === "number" ? at : undefined;
}
