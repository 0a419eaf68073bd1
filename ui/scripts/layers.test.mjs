import { describe, expect, test } from "vitest";

import { wrong } from "./layers.mjs";

describe("who may import whom", () => {
  test.each([
    ["/ui/src/app/router.tsx", "@/features/jobs"],
    ["/ui/src/features/jobs/index.tsx", "@/components/Page"],
    ["/ui/src/features/jobs/index.tsx", "./Row"],
    ["/ui/src/features/job/graph/Node.tsx", "../search"],
    ["/ui/src/components/Time.tsx", "@/lib/time"],
    ["/ui/src/api/client.ts", "../lib/clock"],
    ["/ui/src/features/jobs/index.tsx", "react"],
  ])("%s may import %s", (from, source) => {
    expect(wrong(from, source)).toBeNull();
  });

  test.each([
    ["/ui/src/features/jobs/index.tsx", "@/features/job/search"],
    ["/ui/src/features/jobs/index.tsx", "../job/search"],
    ["/ui/src/features/jobs/index.tsx", "@/app/router"],
    ["/ui/src/components/Time.tsx", "@/features/jobs"],
    ["/ui/src/lib/time.ts", "@/api/client"],
    ["/ui/src/api/client.ts", "../components/Page"],
  ])("%s may not import %s", (from, source) => {
    expect(wrong(from, source)).not.toBeNull();
  });
});
