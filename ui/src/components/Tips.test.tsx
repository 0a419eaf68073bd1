import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";

import { HoverCards } from "./HoverCard";
import { Time } from "./Time";
import { Tips } from "./Tips";

const AT = Date.UTC(2026, 2, 12, 2, 0, 0, 412);
const opened = vi.fn();

test("a tip comes with the pointer, and goes with Escape", async () => {
  render(
    <>
      <span data-tip="more about it">a thing</span>
      <Tips />
    </>,
  );
  await userEvent.hover(screen.getByText("a thing"));
  expect(await screen.findByText("more about it")).toBeDefined();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByText("more about it")).toBeNull();
});

test("a click on a moment copies it as ISO, and does not open the row around it", async () => {
  const user = userEvent.setup();
  render(
    <>
      <button type="button" onClick={opened}>
        row
      </button>
      <p>
        <Time at={AT} />
      </p>
      <Tips />
    </>,
  );
  const time = document.querySelector("time")!;
  await user.hover(time);
  expect(await screen.findByText(/· click copies$/)).toBeDefined();
  await user.click(time);
  expect(await navigator.clipboard.readText()).toBe("2026-03-12T02:00:00.412Z");
});

test("in a link or a button, a click on a moment means the link or the button", async () => {
  const user = userEvent.setup();
  await navigator.clipboard.writeText("before");
  render(
    <>
      <button type="button" onClick={opened}>
        <Time at={AT} />
      </button>
      <Tips />
    </>,
  );
  await user.click(document.querySelector("time")!);
  expect(opened).toHaveBeenCalledOnce();
  expect(await navigator.clipboard.readText()).toBe("before");
});

test("one card serves all parts of a picture, by pointer and by focus", async () => {
  render(
    <HoverCards card={(key) => `card of ${key}`}>
      <button type="button" data-card="a">
        A
      </button>
      <button type="button" data-card="b">
        B
      </button>
    </HoverCards>,
  );
  await userEvent.hover(screen.getByText("A"));
  expect(screen.getByText("card of a")).toBeDefined();
  await userEvent.tab();
  await userEvent.tab();
  expect(screen.getByText("card of b")).toBeDefined();
  expect(screen.queryByText("card of a")).toBeNull();
  await userEvent.keyboard("{Escape}");
  await vi.waitFor(() => expect(screen.queryByText("card of b")).toBeNull());
});
