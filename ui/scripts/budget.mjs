// Holds what a browser must load: first page, graph, editor. Sizes are gzip -9 of what is built.
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const out = path.resolve(import.meta.dirname, "../../src/petit/api/ui");
const manifest = JSON.parse(readFileSync(path.join(out, ".vite/manifest.json"), "utf8"));
const kb = (bytes) => Math.round(bytes / 100) / 10;

const sizes = new Map();
function size(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(path.join(out, file)), { level: 9 }).length);
  return sizes.get(file);
}

/** All files that are loaded with an entry of the manifest, but not what it loads later. */
export function filesOf(key, seen = new Set()) {
  const entry = manifest[key];
  if (seen.has(entry.file)) return seen;
  seen.add(entry.file);
  for (const css of entry.css ?? []) seen.add(css);
  for (const each of entry.imports ?? []) filesOf(each, seen);
  return seen;
}
const sum = (files) => [...files].reduce((total, file) => total + size(file), 0);

const shell = filesOf("index.html");

/** What is there already when a part is loaded later: the shell, and the page that it is a part of. */
function before(key) {
  const page = `${/^src\/features\/\w+/.exec(key)?.[0]}/index.tsx`;
  return manifest[page] ? new Set([...shell, ...filesOf(page)]) : shell;
}
const rows = [["shell", sum(shell), 215]];
for (const [key, entry] of Object.entries(manifest)) {
  const page = /^src\/features\/(\w+)\/index\.tsx$/.exec(key)?.[1];
  if (page) rows.push([`first load of ${page}`, sum(new Set([...shell, ...filesOf(key)])), 235]);
  else if (entry.isDynamicEntry) rows.push([key, sum([...filesOf(key)].filter((file) => !before(key).has(file))), 110]);
}

let failed = false;
for (const [name, bytes, most] of rows) {
  const over = kb(bytes) > most;
  failed ||= over;
  console.log(`${over ? "TOO LARGE " : ""}${name}: ${kb(bytes)} of ${most} KB`);
}
process.exit(failed ? 1 : 0);
