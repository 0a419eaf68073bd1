// What a page may send when it is left, and requests that outlive it.
for (const { path } of CHANGING) {
  navigator.sendBeacon(url(path));
  navigator.sendBeacon(url(path), "{}");
  navigator.sendBeacon(url(path), new URLSearchParams({ reason: "x" }));
  navigator.sendBeacon(url(path), new FormData());
  navigator.sendBeacon(url(path), new Blob(["{}"], { type: "application/json" }));
}
await nap(500);
