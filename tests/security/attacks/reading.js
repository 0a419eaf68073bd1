// Every way to get at the text of an answer: asked for, drawn, imported, applied, measured.
await all(READING, async (path) => {
  for (const mode of ["cors", "no-cors", "same-origin"]) {
    await read(fetch(url(path), { mode, credentials: "include" }));
    await read(fetch(url(path), { mode, cache: "force-cache", redirect: "follow", referrerPolicy: "no-referrer" }));
  }
  await read(fetch(url(path), { headers: { Range: "bytes=0-9" } }));
  await within(import(url(path)).then((it) => steal(JSON.stringify(it)), () => {}), 1000);
});

window.onerror = (message) => steal(message !== "Script error." && `${message}`);
await all(READING, async (path) => {
  if ((await embed("script", { src: url(path) })) === "load") await steal(`ran ${path}`);
  if ((await embed("link", { rel: "stylesheet", href: url(path) })) === "load") await steal(`styled by ${path}`);
  if ((await embed("img", { src: url(path) })) === "load") await steal(`drew ${path}`);
});
window.onerror = null;
for (const sheet of document.styleSheets) {
  try {
    await steal([...sheet.cssRules].map((rule) => rule.cssText).join());
  } catch {
    // another origin's
  }
}
for (const seen of performance.getEntriesByType("resource")) {
  const tells = seen.responseStatus || seen.transferSize || seen.encodedBodySize || seen.requestStart;
  if (seen.name.startsWith(TARGET) && tells) await steal(`measured ${seen.name}: ${JSON.stringify(seen)}`);
}
try {
  const kept = await caches.open("x");
  await kept.add(new Request(url(READING[0]), { mode: "no-cors" }));
  await steal(await (await kept.match(url(READING[0]))).text());
} catch {
  // not kept, or not in an origin without https
}
