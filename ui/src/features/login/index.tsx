import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useId, useRef, type SyntheticEvent } from "react";

import { send } from "@/api/client";
import { ApiError, sayError } from "@/api/errors";
import { Button } from "@/components/Button";
import { Page } from "@/components/Page";
import { Scroll } from "@/components/Scroll";

import styles from "./Login.module.css";

const route = getRouteApi("/login");

/** Trades a token for a session: an event stream cannot show a token, and a URL must not. */
export default function LoginPage() {
  const { to = "/" } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const field = useRef<HTMLInputElement>(null);
  const [id, problemId] = [useId(), useId()];
  const login = useMutation({
    mutationFn: (token: string) => send("POST", "/api/session", { body: { token } }),
    onSuccess: async () => {
      client.clear(); // what another caller could see, or not
      await router.invalidate();
      router.history.replace(to);
    },
    onError: () => field.current?.select(),
  });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const token = field.current?.value.trim() ?? "";
    if (token === "") field.current?.focus();
    else login.mutate(token);
  };
  return (
    <Page title="Log in">
      <form className={styles.form} onSubmit={submit}>
        <p>This page needs a token. Tokens are made on the machine that runs Petit:</p>
        <Scroll className={styles.command} label="The command">
          <pre>petit token create my-browser --scope trigger</pre>
        </Scroll>
        <label htmlFor={id}>Token</label>
        <input
          ref={field}
          id={id}
          className={styles.field}
          type="password"
          name="token"
          autoComplete="current-password"
          spellCheck={false}
          placeholder="petit_…"
          aria-invalid={login.isError || undefined}
          aria-describedby={login.isError ? problemId : undefined}
        />
        {login.isError && (
          <p id={problemId} className={styles.problem} role="alert">
            {wordsOf(login.error)}
          </p>
        )}
        <div>
          <Button type="submit" look="primary" disabledReason={login.isPending ? "asking the scheduler" : undefined}>
            Log in
          </Button>
        </div>
      </form>
    </Page>
  );
}

export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return sayError(error);
  if (error.status === 401) return `That is not a token of this Petit, or it is no longer in force: ${error.message}.`;
  if (error.status === 429) return `${error.message}. Wait a minute, then try again.`;
  return sayError(error);
}
