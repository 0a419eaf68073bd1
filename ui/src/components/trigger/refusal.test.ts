import { describe, expect, it } from "vitest";

import { ApiError, NoAnswer } from "@/api/errors";

import { refusalOf } from "./refusal";

const refused = (status: number, problem: Record<string, unknown>) => refusalOf(new ApiError(status, problem, "r1"), "etl");

describe("a refused trigger", () => {
  it("names the runs that hold the job's slots, and may wait", () => {
    expect(refused(429, { scope: "job", limit: 1, holders: ["run-1"] })).toMatchObject({
      sentence: "etl already runs (1 of 1).", holders: ["run-1"], mayQueue: true,
    });
  });
  it("tells the limit of all jobs from that of one", () => {
    expect(refused(429, { scope: "total", limit: 8, holders: ["a"] }).sentence).toBe("All 8 slots of Petit are taken.");
  });
  it("does not offer to wait for a limit of another kind", () => {
    expect(refused(429, { detail: "too many wrong tokens" })).toMatchObject({ sentence: "too many wrong tokens", mayQueue: false });
  });
  it("says which field is wrong", () => {
    expect(refused(422, { detail: "wrong", errors: [{ pointer: "/params/day", message: "is no day" }] }).fields.get("/params/day")).toBe("is no day");
  });
  it("repeats what the scheduler says of anything else", () => {
    expect(refused(409, { detail: "upstream 'a' has not run" }).sentence).toBe("upstream 'a' has not run");
    expect(refusalOf(new NoAnswer(null), "etl").sentence).toBe("The scheduler does not answer.");
  });
});
