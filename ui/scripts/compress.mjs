// Packs what is built once, as tightly as gzip can, so that no start of a page waits for it.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

const out = path.resolve(import.meta.dirname, "../../src/petit/api/ui");
const SMALLEST = 1024;

for (const name of readdirSync(out, { recursive: true })) {
  const file = path.join(out, name);
  if (!statSync(file).isFile() || !/\.(js|css|html|svg)$/.test(name)) continue;
  const body = readFileSync(file);
  if (body.length >= SMALLEST) writeFileSync(`${file}.gz`, gzipSync(body, { level: 9 }));
}
