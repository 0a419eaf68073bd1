// Going there: links, addresses, refreshes. All of it is a GET.
await all(CHANGING, async ({ path }) => {
  const opened = open("about:blank");
  opened.location = url(`${path}?reason=x`);
  await embed("iframe", { srcdoc: `<meta http-equiv="refresh" content="0;url=${url(path)}">` });
  await embed("iframe", { srcdoc: `<script>location = ${JSON.stringify(url(path))}<\/script>` });
  const link = Object.assign(document.createElement("a"), { href: url(path), target: "_blank", rel: "opener" });
  document.body.append(link);
  link.click();
  await submit(url(path), "text/plain", { _method: "POST", reason: "x" }, "get");
  opened.close();
});
await nap(200);
