import { Page } from "@/components/Page";

/** Every due time and what became of it. */
export default function LedgerPage() {
  return (
    <Page title="Ledger">
      <p className="muted">Every due time and what became of it.</p>
    </Page>
  );
}
