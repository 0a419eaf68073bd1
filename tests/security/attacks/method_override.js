// Words that some frameworks take for the method.
const words = ["_method", "X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "method", "_httpmethod"];
await all(CHANGING, async ({ method, path }) => {
  for (const word of words) {
    await submit(url(path), "application/x-www-form-urlencoded", { [word]: method });
    await read(fetch(url(`${path}?${word}=${method}`), { mode: "no-cors" }));
    await read(fetch(url(path), { headers: { [word]: method } }));
    await read(fetch(url(path), { method: "POST", mode: "no-cors", body: new URLSearchParams({ [word]: method }) }));
  }
  for (const each of ["PUT", "DELETE", "PATCH", "TRACE", "post", "QUERY"]) {
    try {
      await read(fetch(url(path), { method: each, mode: "no-cors" }));
    } catch {
      // no such request is made
    }
  }
});
