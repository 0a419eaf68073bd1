// Requests with JSON and other methods: the browser asks first whether it may.
await all(CHANGING, async ({ method, path }) => {
  const headers = { "Content-Type": "application/json" };
  for (const each of new Set([method, "PUT", "PATCH", "DELETE"]))
    for (const credentials of ["include", "omit"])
      await read(fetch(url(path), { method: each, headers, body: "{}", credentials }));
  await read(fetch(url(path), { method: "POST", headers: { Authorization: "Bearer petit_x" } }));
  await read(fetch(url(path), { method: "POST", targetAddressSpace: "loopback" }));
});
