import { Link, useLocation } from "@tanstack/react-router";

import { Page } from "@/components/Page";

/** Nothing is at this address. */
export function NotFoundPage() {
  const { pathname } = useLocation();
  return (
    <Page title="Nothing is here">
      <p>
        There is no page <span className="mono">{pathname}</span>.
      </p>
      <p>
        <Link to="/">Overview</Link> · <Link to="/jobs">Jobs</Link> · <Link to="/runs">Runs</Link>
      </p>
    </Page>
  );
}
