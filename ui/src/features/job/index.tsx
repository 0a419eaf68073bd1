import { Page } from "@/components/Page";

/** One job. */
export default function JobPage() {
  return (
    <Page title="Job">
      <p className="muted">One job.</p>
    </Page>
  );
}
