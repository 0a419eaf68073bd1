import { expect, it } from "vitest";

import { countsOf } from "./data";
import { readSearch } from "./search";

it("due is the sum of all fates", () => {
  const counts = countsOf([{ fate: "ran" }, { fate: "missed" }, { fate: "ran" }, { fate: "skipped" }]);
  expect(counts).toEqual({ due: 4, ran: 2, skipped: 1, missed: 1 });
});

it.each([
  [{ fate: "odd", since: "-1" }, {}],
  [{ job: "a", fate: "missed", since: "5", until: "9" }, { job: "a", fate: "missed", since: 5, until: 9 }],
])("an address says what it can: %j", (raw, wanted) => expect(readSearch(raw)).toEqual(wanted));
