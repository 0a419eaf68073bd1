import { Page } from "@/components/Page";

/** Two runs side by side. */
export default function ComparePage() {
  return (
    <Page title="Compare">
      <p className="muted">Two runs side by side.</p>
    </Page>
  );
}
