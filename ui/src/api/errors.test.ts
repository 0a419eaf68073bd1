import { expect, it } from "vitest";

import { ApiError, NoAnswer, removedAt } from "./errors";

it.each([
  ["what was removed", new ApiError(410, { removed_at: 1_773_280_800_000 }, null), 1_773_280_800_000],
  ["what never was", new ApiError(404, { removed_at: 1 }, null), undefined],
  ["an answer that does not say when", new ApiError(410, {}, null), undefined],
  ["a scheduler that is gone", new NoAnswer(null), undefined],
])("of %s, the moment is known or is not", (_, error, at) => {
  expect(removedAt(error)).toBe(at);
});
