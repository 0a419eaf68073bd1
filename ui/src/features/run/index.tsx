import { Page } from "@/components/Page";

/** One run. */
export default function RunPage() {
  return (
    <Page title="Run">
      <p className="muted">One run.</p>
    </Page>
  );
}
