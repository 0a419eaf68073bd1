/** Calls of the HTTP API, typed by its own document. */

import { noteServerDate } from "@/lib/clock";

import { ApiError, NoAnswer, type Problem } from "./errors";
import type { paths } from "./schema";

type Method = "get" | "post" | "delete";
type With<M extends Method> = { [P in keyof paths]: paths[P] extends Record<M, object> ? P : never }[keyof paths];
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Of<T, K extends string> = T extends Record<K, infer V> ? V : T extends Partial<Record<K, infer V>> ? V : never;
type PathOf<O> = Of<Of<O, "parameters">, "path">;
type QueryOf<O> = NonNullable<Of<Of<O, "parameters">, "query">>;
type BodyOf<O> = Of<Of<NonNullable<Of<O, "requestBody">>, "content">, "application/json">;
type Good<R> = R extends { readonly 200: infer A } ? A : R extends { readonly 201: infer A } ? A : R extends { readonly 202: infer A } ? A : never;
type AnswerOf<O> = Of<Of<Good<Of<O, "responses">>, "content">, "application/json">;

/** What a call needs: `path` where the path has parameters; `query`, `body` and the rest where wanted. */
export type Call<O> = ([PathOf<O>] extends [never] ? { readonly path?: undefined } : { readonly path: PathOf<O> }) & {
  readonly query?: [QueryOf<O>] extends [never] ? undefined : Nullable<QueryOf<O>>;
  readonly body?: [BodyOf<O>] extends [never] ? undefined : BodyOf<O>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};
/** Members that are undefined or null are left out of the query. */
type Nullable<T> = { readonly [K in keyof T]?: T[K] | undefined | null };

interface AnyCall {
  readonly path?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, string | number | boolean | null | undefined>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Write a path with its parameters and query, each encoded. */
export function urlOf(path: string, call: Pick<AnyCall, "path" | "query"> = {}): string {
  const filled = path.replace(/\{([a-z_]+)\}/g, (_, name: string) => encodeURIComponent(call.path?.[name] ?? ""));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text === "" ? filled : `${filled}?${text}`;
}

type Listener = () => void;
let onUnknown: Listener = () => undefined;

/** Have somebody told when the scheduler no longer knows who is calling (401). */
export function whenUnknown(listener: Listener): void {
  onUnknown = listener;
}

/** Make a call and return the answer as it came. Raises ApiError and NoAnswer; an abort is raised as it is. */
export async function send(method: string, url: string, call: AnyCall = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json", ...call.headers };
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (call.signal) init.signal = call.signal;
  if (call.body !== undefined) {
    headers["content-type"] = "application/json";
    init.body = JSON.stringify(call.body);
  }
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw new NoAnswer(error);
  }
  noteServerDate(response.headers.get("date"));
  if (response.ok) return response;
  if (response.status === 401) onUnknown();
  throw new ApiError(response.status, await problemOf(response), response.headers.get("x-request-id"));
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null ? (body as Problem) : {};
  } catch {
    return {}; // a proxy's own page
  }
}

async function json(method: string, path: string, call?: AnyCall): Promise<unknown> {
  const response = await send(method, urlOf(path, call), call);
  return response.status === 204 ? null : await response.json();
}

/** The arguments of a call: none where nothing must be said. */
type Said<O> = Record<string, never> extends Pick<Call<O>, "path"> ? [call?: Call<O>] : [call: Call<O>];

export function get<P extends With<"get">>(path: P, ...[call]: Said<Operation<P, "get">>): Promise<AnswerOf<Operation<P, "get">>> {
  return json("GET", path, call as AnyCall) as Promise<AnswerOf<Operation<P, "get">>>;
}

export function post<P extends With<"post">>(path: P, ...[call]: Said<Operation<P, "post">>): Promise<AnswerOf<Operation<P, "post">>> {
  // A body is always sent: a page of another origin cannot send JSON without asking first.
  const filled = { ...call, body: call?.body ?? {} };
  return json("POST", path, filled as AnyCall) as Promise<AnswerOf<Operation<P, "post">>>;
}

export function del<P extends With<"delete">>(path: P, ...[call]: Said<Operation<P, "delete">>): Promise<AnswerOf<Operation<P, "delete">>> {
  return json("DELETE", path, call as AnyCall) as Promise<AnswerOf<Operation<P, "delete">>>;
}
