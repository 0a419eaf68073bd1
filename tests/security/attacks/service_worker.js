// A worker that sits between their pages and the network.
const script = url("/api/docs/page.js");
for (const make of [
  () => navigator.serviceWorker.register(script),
  () => navigator.serviceWorker.register("/worker.js", { scope: `${TARGET}/` }),
  () => new Worker(script),
  () => new SharedWorker(script),
  () => new Worker(URL.createObjectURL(new Blob([`importScripts(${JSON.stringify(script)})`]))),
]) {
  try {
    await make();
    // A worker of another origin's script fails later, with an event.
  } catch {
    // not allowed
  }
}
await navigator.serviceWorker.register("/worker.js");
const { active } = await navigator.serviceWorker.ready;
const over = new Promise((go) => (navigator.serviceWorker.onmessage = go));
active.postMessage({ HOME, urls: [...READING, ...CHANGING.map(({ path }) => path)].map(url) });
await within(over, 5000);
