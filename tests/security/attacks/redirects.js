// A request to their own server, that sends it on to us with method and body.
const via = (path, code) => `${HOME}/redirect?code=${code}&to=${encodeURIComponent(url(path))}`;
await all(CHANGING, async ({ method, path }) => {
  for (const code of [301, 302, 303, 307, 308]) {
    await submit(via(path, code), "text/plain", { '{"reason":"x","pad":"': '"}' });
    await read(fetch(via(path, code), { method: "POST", mode: "no-cors", body: "{}" }));
  }
  const headers = { "Content-Type": "application/json" };
  await read(fetch(via(path, 307), { method, headers, body: "{}" }));
  navigator.sendBeacon(via(path, 307), "{}");
});
await all(READING, (path) => read(fetch(via(path, 307), { credentials: "include" })));
