import type { ErrorComponentProps } from "@tanstack/react-router";

import { sayError } from "@/api/errors";
import { Button } from "@/components/Button";
import { Page } from "@/components/Page";

/** A page broke: a mistake of ours. The rest of the window lives. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page broke" state="failed">
      <p>{sayError(error)}</p>
      <div>
        <Button onClick={reset}>Try again</Button>
      </div>
    </Page>
  );
}
