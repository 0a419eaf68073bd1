import { QueryClientProvider, type QueryClient } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useEffect, useState } from "react";

import { whenUnknown } from "@/api/client";
import { sessionQuery } from "@/api/queries";

import { makeRouter } from "./router";

/** All of it. */
export function App({ client }: { readonly client: QueryClient }) {
  const [router] = useState(() => makeRouter(client));
  useEffect(() => {
    whenUnknown(() => {
      client.setQueryData(sessionQuery().queryKey, null);
      const { pathname, href } = router.state.location;
      if (pathname !== "/login") void router.navigate({ to: "/login", search: { to: href }, replace: true });
    });
  }, [client, router]);
  return (
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  );
}
