import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";

import { ActionsProvider } from "./Actions";
import { Chip, FilterBar, SearchField } from "./Chips";

const cleared = vi.fn();

function Bar() {
  const [text, setText] = useState("");
  return (
    <ActionsProvider>
      <FilterBar label="Filter jobs" onClear={text === "" ? undefined : cleared}>
        <SearchField label="Filter jobs" value={text} onChange={setText} />
      </FilterBar>
    </ActionsProvider>
  );
}

test("/ goes to the field, Escape empties it and then leaves it", async () => {
  render(<Bar />);
  const field = screen.getByRole<HTMLInputElement>("searchbox", { name: "Filter jobs" });
  await userEvent.keyboard("/");
  expect(document.activeElement).toBe(field);
  await userEvent.keyboard("etl");
  expect(field.value).toBe("etl");
  await userEvent.keyboard("{Escape}");
  expect([field.value, document.activeElement]).toEqual(["", field]);
  await userEvent.keyboard("{Escape}");
  expect(document.activeElement).not.toBe(field);
});

test("what is filtered can be undone at once, and only then", async () => {
  render(<Bar />);
  expect(screen.queryByRole("button", { name: "Clear filters" })).toBeNull();
  await userEvent.type(screen.getByRole("searchbox"), "x");
  await userEvent.click(screen.getByRole("button", { name: "Clear filters" }));
  expect(cleared).toHaveBeenCalledOnce();
});

test("a filter in force says what taking it away means", async () => {
  const removed = vi.fn();
  render(
    <Chip onRemove={removed} removeLabel="Runs of all jobs">
      job etl
    </Chip>,
  );
  await userEvent.click(screen.getByRole("button", { name: "Runs of all jobs" }));
  expect(removed).toHaveBeenCalledOnce();
});
