// Requests that a page may send anywhere without asking, with every kind of body.
const bodies = [
  undefined,
  "{}",
  new URLSearchParams({ reason: "x" }),
  new FormData(),
  new Blob(["{}"]),
  new Blob(["{}"], { type: "text/plain" }),
  new TextEncoder().encode("{}"),
];
await all(CHANGING, async ({ path }) => {
  for (const body of bodies)
    for (const credentials of ["include", "omit"])
      await read(fetch(url(path), { method: "POST", mode: "no-cors", body, credentials, keepalive: true }));
});
