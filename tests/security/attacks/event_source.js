// Streams of events, read by another origin.
function follow(path, withCredentials) {
  return new Promise((go) => {
    const source = new EventSource(url(path), { withCredentials });
    source.onmessage = source.onopen = (event) => go(steal(`${path} ${event.type} ${event.data}`));
    for (const kind of ["run_completed", "task_started", "line", "reset"])
      source.addEventListener(kind, (event) => go(steal(`${path} ${event.data}`)));
    source.onerror = () => (source.close(), go());
  });
}
await all(READING, async (path) => {
  await within(follow(path, false), 1000);
  await within(follow(path, true), 1000);
});
