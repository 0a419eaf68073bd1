// Requests that the browser makes on its own: reports of violations, and pings of links.
for (const { path } of CHANGING) {
  const link = Object.assign(document.createElement("a"), { href: "#", ping: url(path) });
  document.body.append(link);
  link.click();
}
await embed("iframe", { src: `/violation?to=${encodeURIComponent(CHANGING.map(({ path }) => url(path)).join(" "))}` });
await nap(500);
