import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";

import { singleKeys } from "@/lib/settings";

import { ActionsProvider, useActions, useAllActions } from "./Actions";

const go = vi.fn();
const cancel = vi.fn();
const palette = vi.fn();

function Actions({ disabled }: { readonly disabled?: string }) {
  useActions([
    { id: "go", name: "Jobs", group: "Go to", keys: ["g j"], run: go },
    { id: "cancel", name: "Cancel run…", group: "Run", keys: ["c"], run: cancel, disabled },
    { id: "palette", name: "Palette", group: "Everywhere", keys: ["Ctrl K"], run: palette },
  ]);
  return <p>{useAllActions().map((action) => `${action.name} ${action.disabled ?? ""}`).join(", ")}</p>;
}

function show(disabled?: string) {
  return render(
    <ActionsProvider>
      <Actions {...(disabled === undefined ? {} : { disabled })} />
      <input aria-label="Field" />
    </ActionsProvider>,
  );
}

afterEach(() => {
  singleKeys.set(true);
  vi.clearAllMocks();
});

test("keys and sequences of keys do what is registered for them", async () => {
  show();
  await userEvent.keyboard("gjc{Control>}k{/Control}");
  expect([go, cancel, palette].map((each) => each.mock.calls.length)).toEqual([1, 1, 1]);
});

test("in a field only keys with Ctrl do", async () => {
  show();
  await userEvent.click(screen.getByRole("textbox", { name: "Field" }));
  await userEvent.keyboard("gjc{Control>}k{/Control}");
  expect([go, cancel, palette].map((each) => each.mock.calls.length)).toEqual([0, 0, 1]);
});

test("single keys can be switched off", async () => {
  singleKeys.set(false);
  show();
  await userEvent.keyboard("gjc{Control>}k{/Control}");
  expect([go, cancel, palette].map((each) => each.mock.calls.length)).toEqual([0, 0, 1]);
});

test("what cannot be done is listed with the reason, and not done", async () => {
  show("The run is over.");
  expect(screen.getByText(/Cancel run… The run is over\./)).toBeDefined();
  await userEvent.keyboard("c");
  expect(cancel).not.toHaveBeenCalled();
});
