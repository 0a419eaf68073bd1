import { Page } from "@/components/Page";

/** All jobs. */
export default function JobsPage() {
  return (
    <Page title="Jobs">
      <p className="muted">All jobs.</p>
    </Page>
  );
}
