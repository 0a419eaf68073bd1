import { Page } from "@/components/Page";

/** What comes, and what collides. */
export default function SchedulePage() {
  return (
    <Page title="Schedule">
      <p className="muted">What comes, and what collides.</p>
    </Page>
  );
}
