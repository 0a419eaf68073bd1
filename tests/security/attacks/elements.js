// Everything that loads by itself, pointed at the changing routes.
const ways = [
  ["img", "src"], ["script", "src"], ["iframe", "src"], ["embed", "src"], ["audio", "src"], ["video", "poster"],
  ["input", "src", { type: "image" }], ["object", "data"], ["link", "href", { rel: "stylesheet" }],
  ["link", "href", { rel: "icon" }], ["link", "href", { rel: "manifest" }],
  ["link", "href", { rel: "preload", as: "fetch" }], ["link", "href", { rel: "prefetch" }],
  ["link", "href", { rel: "modulepreload" }], ["script", "src", { type: "module" }],
];
await all(CHANGING, ({ path }) =>
  all(ways, ([tag, where, more]) => embed(tag, { ...more, [where]: url(`${path}?reason=x&${tag}`) })),
);
const rules = { prerender: [{ urls: CHANGING.map(({ path }) => url(path)) }] };
await embed("script", { type: "speculationrules", textContent: JSON.stringify(rules) });
document.body.style.backgroundImage = `url("${url(VICTIM)}")`;
document.fonts.add(new FontFace("x", `url("${url(VICTIM)}")`));
await nap(200);
