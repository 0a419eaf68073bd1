import type { JobDetail } from "@/api/schema";
export default function GraphTab({ job }: { readonly job: JobDetail }) {
  return <p className="muted">{job.id}</p>;
}
