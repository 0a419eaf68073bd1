// Pages that have no origin: sandboxed frames, data: and blob: addresses.
const script = `
  for (const { method, path } of CHANGING) {
    await submit(url(path), "text/plain", { '{"reason":"x","pad":"': '"}' });
    await read(fetch(url(path), { method: "POST", mode: "no-cors", body: "{}" }));
    await read(fetch(url(path), { method, headers: { "Content-Type": "application/json" }, body: "{}" }));
  }
  for (const path of READING) await read(fetch(url(path)));
  parent.postMessage("done", "*");`;
let left = 3;
const over = new Promise((go) => (onmessage = () => --left || go()));
const sandbox = "allow-scripts allow-forms allow-popups allow-modals";
const frame = (attributes) => {
  const made = document.createElement("iframe");
  if (attributes.sandbox) made.setAttribute("sandbox", attributes.sandbox);
  Object.assign(made, attributes.src ? { src: attributes.src } : { srcdoc: attributes.srcdoc });
  document.body.append(made);
};
frame({ sandbox, srcdoc: page(script) });
frame({ src: `data:text/html,${encodeURIComponent(page(script))}` });
frame({ sandbox, src: URL.createObjectURL(new Blob([page(script)], { type: "text/html" })) });
await within(over, 8000);
if (left) throw Error(`${left} frames did not come to their end`);
