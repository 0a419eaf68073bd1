import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { ApiError } from "@/api/errors";

import { Answer, type AnswerProps } from "./Answer";

const refetch = vi.fn();
const FULL = new ApiError(503, { detail: "storage full, 0 bytes free" }, "7f3a");

function show(query: Partial<AnswerProps<readonly string[]>["query"]>, more: Partial<AnswerProps<readonly string[]>> = {}) {
  const whole = { data: undefined, error: null, isFetching: false, isPlaceholderData: false, refetch, ...query } as AnswerProps<readonly string[]>["query"];
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <Answer query={whole} what="the runs" {...more}>
        {(data) => data.join(" ")}
      </Answer>
    </QueryClientProvider>,
  );
}

test("what loads is said to be busy", () => {
  show({ isFetching: true });
  expect(screen.getByText("Loading the runs").closest("[aria-busy=true]")).not.toBeNull();
});

test("an error says what could not be loaded, why, and for which request; it can be tried again", async () => {
  show({ error: FULL });
  expect(screen.getByRole("alert").textContent).toMatch(/^Could not load the runs\. .*503.*storage full, 0 bytes free/);
  expect(screen.getByText("7f3a")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(refetch).toHaveBeenCalled();
});

test("old data stays beside an error", () => {
  show({ data: ["one", "two"], error: FULL });
  expect(screen.getByText("one two")).toBeDefined();
  expect(screen.getByRole("alert")).toBeDefined();
});

test("old data stays while new is asked for, and says so", () => {
  show({ data: ["one"], isPlaceholderData: true });
  expect(screen.getByText("Loading…")).toBeDefined();
  expect(screen.getByText("one").closest("[aria-busy=true]")).not.toBeNull();
});

test("where nothing is, that is said; and an error may be no error", () => {
  show({ data: [] }, { empty: () => "Nothing has run yet." });
  expect(screen.getByText("Nothing has run yet.")).toBeDefined();
  show({ error: FULL }, { onError: () => "No such job." });
  expect(screen.getByText("No such job.")).toBeDefined();
});
