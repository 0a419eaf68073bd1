import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test, vi } from "vitest";

import { ActionsProvider } from "../Actions";
import { DataTable, type Column } from "./DataTable";

interface Row {
  readonly id: string;
  readonly day: string;
}

const ROWS: readonly Row[] = Array.from({ length: 5_000 }, (_, at) => ({ id: `job_${at}`, day: at < 3 ? "Today" : "Yesterday" }));
const opened = vi.fn();
const COLUMNS: readonly Column<Row>[] = [
  {
    key: "id",
    head: "Job",
    width: "1fr",
    sort: "id",
    phone: "lead",
    cell: (row) => (
      <a
        href={`/jobs/${row.id}`}
        onClick={(event) => {
          event.preventDefault();
          opened(row.id);
        }}
      >
        {row.id}
      </a>
    ),
  },
];

function Table({ isGrouped = false, onSort = vi.fn() }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  return (
    <ActionsProvider>
      <DataTable
        label="Jobs"
        rows={ROWS}
        columns={COLUMNS}
        rowKey={(row) => row.id}
        sort="id"
        onSort={onSort}
        selected={selected}
        onSelect={setSelected}
        isMain
        {...(isGrouped ? { groupOf: (row: Row) => ({ key: row.day, head: row.day }) } : {})}
      />
    </ActionsProvider>
  );
}

const focused = () => document.activeElement?.textContent;

describe("a table of 5,000 rows", () => {
  test("has a window's worth of them in the page, and says how many there are", () => {
    render(<Table />);
    expect(screen.getByRole("grid", { name: "Jobs" }).getAttribute("aria-rowcount")).toBe("5001");
    const rows = screen.getAllByRole("row");
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.length).toBeLessThan(60);
  });

  test("j and k, arrows, Home move the focus by rows", async () => {
    const user = userEvent.setup();
    render(<Table />);
    await user.keyboard("j");
    expect(focused()).toBe("job_0");
    await user.keyboard("jj");
    expect(focused()).toBe("job_2");
    await user.keyboard("k{ArrowDown}{ArrowDown}");
    expect(focused()).toBe("job_3");
    await user.keyboard("{Home}");
    expect(focused()).toBe("job_0");
  });

  test("Enter opens the row, so does a click anywhere on it", async () => {
    const user = userEvent.setup();
    render(<Table />);
    await user.keyboard("jj{Enter}");
    expect(opened).toHaveBeenLastCalledWith("job_1");
    await user.click(screen.getByRole("row", { name: /job_4/ }));
    expect(opened).toHaveBeenLastCalledWith("job_4");
  });

  test("x selects the row, the head selects all", async () => {
    const user = userEvent.setup();
    render(<Table />);
    await user.keyboard("jx");
    expect(screen.getByRole("row", { name: /job_0/, selected: true })).toBeDefined();
    await user.click(screen.getByRole("checkbox", { name: "Select all" }));
    expect(screen.getAllByRole("row", { selected: true }).length).toBeGreaterThan(10);
  });

  test("one row is on the way of Tab", () => {
    render(<Table />);
    const stops = within(screen.getByRole("grid"))
      .getAllByRole("link")
      .filter((link) => link.tabIndex === 0);
    expect(stops.map((link) => link.textContent)).toEqual(["job_0"]);
  });

  test("a head that sorts says how, and sorts the other way", async () => {
    const onSort = vi.fn();
    render(<Table onSort={onSort} />);
    expect(screen.getByRole("columnheader", { name: "Job" }).getAttribute("aria-sort")).toBe("ascending");
    await userEvent.click(screen.getByRole("button", { name: "Job" }));
    expect(onSort).toHaveBeenCalledWith("-id");
  });

  test("groups have heads that keys pass over", async () => {
    render(<Table isGrouped />);
    expect(screen.getByText("Yesterday")).toBeDefined();
    await userEvent.keyboard("jjjj");
    expect(focused()).toBe("job_3");
  });
});
