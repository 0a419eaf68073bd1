import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { whenUnknown } from "@/api/client";
import { followFacts } from "@/api/live/live";
import { sessionQuery } from "@/api/queries";

import { makeQueryClient } from "./client";
import { makeRouter } from "./router";

/** All of it. */
export function App() {
  const [client] = useState(makeQueryClient);
  const [router] = useState(() => makeRouter(client));
  useEffect(() => {
    const end = new AbortController();
    whenUnknown(() => {
      client.setQueryData(sessionQuery().queryKey, null);
      const { pathname, href } = router.state.location;
      if (pathname !== "/login") void router.navigate({ to: "/login", search: { to: href }, replace: true });
    });
    followFacts(client, end.signal);
    return () => end.abort();
  }, [client, router]);
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
