import { Page } from "@/components/Page";

/** What ran. */
export default function RunsPage() {
  return (
    <Page title="Runs">
      <p className="muted">What ran.</p>
    </Page>
  );
}
