import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from "@tanstack/react-router";

import { readSearch as compareSearch } from "@/features/compare/search";
import { readSearch as jobSearch } from "@/features/job/search";
import { readSearch as jobsSearch } from "@/features/jobs/search";
import { readSearch as ledgerSearch } from "@/features/ledger/search";
import { readSearch as loginSearch } from "@/features/login/search";
import { readSearch as runSearch } from "@/features/run/search";
import { readSearch as runsSearch } from "@/features/runs/search";
import { readSearch as scheduleSearch } from "@/features/schedule/search";
import { parseSearch, writeSearch } from "@/lib/search";

import { ErrorPage } from "./shell/ErrorPage";
import { NotFoundPage } from "./shell/NotFoundPage";
import { Shell } from "./shell/Shell";

interface Context {
  readonly client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Shell, notFoundComponent: NotFoundPage });
const under = { getParentRoute: () => root } as const;

const overview = createRoute({ ...under, path: "/", component: lazyRouteComponent(() => import("@/features/overview")) });
const jobs = createRoute({
  ...under,
  path: "/jobs",
  validateSearch: jobsSearch,
  component: lazyRouteComponent(() => import("@/features/jobs")),
});
const job = createRoute({
  ...under,
  path: "/jobs/$jobId",
  validateSearch: jobSearch,
  component: lazyRouteComponent(() => import("@/features/job")),
});
const runs = createRoute({
  ...under,
  path: "/runs",
  validateSearch: runsSearch,
  component: lazyRouteComponent(() => import("@/features/runs")),
});
const run = createRoute({
  ...under,
  path: "/runs/$runId",
  validateSearch: runSearch,
  component: lazyRouteComponent(() => import("@/features/run")),
});
const compare = createRoute({
  ...under,
  path: "/runs/$runId/compare/$otherId",
  validateSearch: compareSearch,
  component: lazyRouteComponent(() => import("@/features/compare")),
});
const schedule = createRoute({
  ...under,
  path: "/schedule",
  validateSearch: scheduleSearch,
  component: lazyRouteComponent(() => import("@/features/schedule")),
});
const ledger = createRoute({
  ...under,
  path: "/ledger",
  validateSearch: ledgerSearch,
  component: lazyRouteComponent(() => import("@/features/ledger")),
});
const scheduler = createRoute({
  ...under,
  path: "/scheduler",
  component: lazyRouteComponent(() => import("@/features/scheduler")),
});
const login = createRoute({
  ...under,
  path: "/login",
  validateSearch: loginSearch,
  component: lazyRouteComponent(() => import("@/features/login")),
});

const tree = root.addChildren([overview, jobs, job, runs, run, compare, schedule, ledger, scheduler, login]);

/** All pages by their addresses. What is behind `?` is read by the page's own `search.ts`. */
export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { client },
    parseSearch,
    stringifySearch: writeSearch,
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0, // the query client knows what is stale
    defaultErrorComponent: ErrorPage,
    scrollRestoration: true,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
