// Who may import whom: app > features > components > api > lib, and no feature another one.
import path from "node:path";

const ORDER = ["app", "features", "components", "api", "lib"];

/** Where a file of src/ belongs: its layer, and its feature where it is in one. */
export function placeOf(file) {
  const parts = file.split(path.sep).join("/").split("/src/").at(-1).split("/");
  return { layer: ORDER.indexOf(parts[0]), feature: parts[0] === "features" ? parts[1] : null };
}

/** What is wrong with an import, or null. */
export function wrong(from, source) {
  if (!source.startsWith(".") && !source.startsWith("@/")) return null;
  const target = source.startsWith("@/")
    ? `/src/${source.slice(2)}`
    : path.posix.join(path.posix.dirname(from.split(path.sep).join("/")), source);
  const here = placeOf(from);
  const there = placeOf(target);
  if (here.layer < 0 || there.layer < 0) return null;
  if (there.layer < here.layer) return `${ORDER[here.layer]} may not import ${ORDER[there.layer]}`;
  if (here.feature && there.feature && here.feature !== there.feature)
    return `feature ${here.feature} may not import feature ${there.feature}: what both need is a component`;
  return null;
}

export const layers = {
  meta: { type: "problem", schema: [], messages: { wrong: "{{what}}" } },
  create(context) {
    const check = (node) => {
      if (typeof node.source?.value !== "string") return;
      const what = wrong(context.filename, node.source.value);
      if (what) context.report({ node, messageId: "wrong", data: { what } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
