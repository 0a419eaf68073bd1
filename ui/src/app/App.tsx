import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { followFacts } from "@/api/live/live";

import { makeQueryClient } from "./client";
import { makeRouter } from "./router";

/** All of it. */
export function App() {
  const [client] = useState(makeQueryClient);
  const [router] = useState(() => makeRouter(client));
  useEffect(() => {
    const end = new AbortController();
    followFacts(client, end.signal);
    return () => end.abort();
  }, [client]);
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
