import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test, vi } from "vitest";

import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Field } from "./Field";

const submitted = vi.fn();

function Opener() {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open</Button>
      {isOpen && (
        <Dialog title="Pause etl" onClose={() => setOpen(false)} onSubmit={submitted} foot={<Button onClick={() => setOpen(false)}>Close it</Button>}>
          <Field label="Reason" value="" onChange={() => undefined} />
        </Dialog>
      )}
    </>
  );
}

test("a dialog has a name, takes the focus, and gives it back to its opener", async () => {
  render(<Opener />);
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  expect(screen.getByRole("dialog", { name: "Pause etl" })).toBeDefined();
  expect(document.activeElement).toBe(screen.getByLabelText("Reason"));
  await userEvent.click(screen.getByRole("button", { name: "Close it" }));
  expect(screen.queryByRole("dialog")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "Open" }));
});

test("its cross closes it, whatever it is told", async () => {
  render(<Opener />);
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(screen.queryByRole("dialog")).toBeNull();
});

test("Enter in a field does it", async () => {
  render(<Opener />);
  await userEvent.click(screen.getByRole("button", { name: "Open" }));
  await userEvent.keyboard("{Enter}");
  expect(submitted).toHaveBeenCalled();
});
