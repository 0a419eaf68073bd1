import { Page } from "@/components/Page";

/** Show a token. */
export default function LoginPage() {
  return (
    <Page title="Log in">
      <p className="muted">Show a token.</p>
    </Page>
  );
}
