import { expect, it } from "vitest";

import { aRun, ZERO } from "./fixtures";
import { createdAt } from "./missing";

it.each([
  ["a whole id", aRun().id, ZERO],
  ["one that says too little", "019b", undefined],
  ["what is no id", "<img src=x>", undefined],
])("of %s, the time is known or is not", (_, runId, at) => {
  expect(createdAt(runId)).toBe(at);
});
it("is known to a minute of an id that was cut", () => {
  expect(ZERO - (createdAt(aRun().id.slice(0, 9)) ?? 0)).toBeLessThan(65_536);
});
