// Types that a page may set without asking, and that might pass for JSON.
const kinds = [
  "text/plain; application/json", "text/plain;charset=application/json", "text/plain, application/json",
  "application/x-www-form-urlencoded; boundary=application/json", "multipart/form-data; boundary=application/json",
  "application/json", "application/merge-patch+json", "TEXT/PLAIN", "text/plain;\tapplication/json", "",
];
await all(CHANGING, async ({ path }) => {
  for (const kind of kinds) {
    const headers = { "Content-Type": kind };
    await read(fetch(url(path), { method: "POST", mode: "no-cors", headers, body: "{}" }));
    await read(fetch(url(path), { method: "POST", headers, body: "{}" }));
    const body = new Blob(["{}"], { type: kind });
    await read(fetch(url(path), { method: "POST", mode: "no-cors", body }));
  }
});
