// The old way to ask, with and without waiting.
function ask(method, path, kind, async) {
  return new Promise((go) => {
    const xhr = new XMLHttpRequest();
    try {
      xhr.open(method, url(path), async);
      xhr.withCredentials = true;
      if (kind) xhr.setRequestHeader("Content-Type", kind);
      xhr.onloadend = () => go(steal(xhr.status < 400 && xhr.responseText));
      xhr.send(kind ? "{}" : null);
    } catch {
      go(); // refused before it was sent
    }
  });
}
await all(CHANGING, async ({ method, path }) => {
  for (const kind of [null, "text/plain", "application/x-www-form-urlencoded", "application/json"]) {
    await within(ask("POST", path, kind, true));
    await within(ask(method, path, kind, true));
  }
  ask("POST", path, "text/plain", false);
});
await all(READING, (path) => within(ask("GET", path, null, true), 1000));
