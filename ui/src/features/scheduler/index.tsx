import { Page } from "@/components/Page";

/** Is Petit well? */
export default function SchedulerPage() {
  return (
    <Page title="Scheduler">
      <p className="muted">Is Petit well?</p>
    </Page>
  );
}
