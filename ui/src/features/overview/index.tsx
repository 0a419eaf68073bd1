import { Page } from "@/components/Page";

/** What needs you, what runs, what comes. */
export default function OverviewPage() {
  return (
    <Page title="Overview">
      <p className="muted">What needs you, what runs, what comes.</p>
    </Page>
  );
}
