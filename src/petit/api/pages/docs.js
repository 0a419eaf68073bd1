// Shows /api/openapi.json. Text is only ever set as text: nothing of the document becomes markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
let api;

function made(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

function resolved(part) {
  while (part && part.$ref) {
    part = part.$ref.slice(2).split("/").reduce((at, step) => at[step], api);
  }
  return part;
}

function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.contentSchema) return "lines, each of them " + kind(schema.contentSchema);
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" or ");
  if (schema.type === "array") return "list of " + kind(schema.items);
  return schema.type || "anything";
}

function table(heads, rows) {
  const body = rows.map((row) => made("tr", {}, ...row.map((cell) => made("td", {}, cell))));
  const head = made("tr", {}, ...heads.map((each) => made("th", {}, each)));
  return made("table", {}, made("thead", {}, head), made("tbody", {}, ...body));
}

function code(text) {
  return made("code", {}, text);
}

function shown(value) {
  return made("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

function link(schema) {
  const name = schema && schema.$ref && schema.$ref.split("/").pop();
  return name ? made("a", { href: "#schema-" + name }, name) : kind(schema);
}

function parameters(item, operation) {
  const all = [...(item.parameters || []), ...(operation.parameters || [])].map(resolved);
  if (!all.length) return [];
  const rows = all.map((each) => [code(each.name), each.in, kind(each.schema), each.description || ""]);
  return [made("h3", {}, "Parameters"), table(["Name", "Where", "Type", "Meaning"], rows)];
}

function content(of) {
  const parts = [];
  for (const [type, media] of Object.entries(of.content || {})) {
    parts.push(made("p", {}, code(type), " ", link(media.schema)));
    if ("example" in media) parts.push(shown(media.example));
  }
  return parts;
}

function requestBody(operation) {
  if (!operation.requestBody) return [];
  const need = operation.requestBody.required ? "Body" : "Body (may be left out)";
  return [made("h3", {}, need), ...content(operation.requestBody)];
}

function responses(operation) {
  const parts = [made("h3", {}, "Answers")];
  const rows = [];
  for (const [status, given] of Object.entries(operation.responses)) {
    const response = resolved(given);
    if (Number(status) < 300) {
      parts.push(made("p", {}, code(status), " " + response.description), ...content(response));
    } else {
      rows.push([code(status), response.description]);
    }
  }
  return [...parts, table(["Otherwise", ""], rows)];
}

function trial(path, item, operation) {
  const names = (item.parameters || []).map((each) => each.name);
  const inputs = names.map((name) => made("input", { placeholder: name, "aria-label": name }));
  const query = made("input", { placeholder: "query", "aria-label": "query" });
  const button = made("button", { type: "button" }, "Ask");
  const output = made("div", { "aria-live": "polite" });
  button.addEventListener("click", async () => {
    let where = path;
    names.forEach((name, at) => { where = where.replace(`{${name}}`, encodeURIComponent(inputs[at].value)); });
    if (query.value) where += "?" + query.value;
    try {
      const answer = await fetch(where);
      const text = await answer.text();
      const isJson = (answer.headers.get("content-type") || "").endsWith("json");
      output.replaceChildren(made("p", {}, code(`${answer.status} ${where}`)), shown(isJson ? JSON.parse(text) : text));
    } catch (error) {
      output.replaceChildren(made("p", {}, String(error)));
    }
  });
  return [made("h3", {}, "Try it"), made("p", {}, ...inputs, query, " ", button), output];
}

function hasEnd(operation) {
  const types = Object.values(operation.responses).flatMap((each) => Object.keys(resolved(each).content || {}));
  return !types.some((type) => type.startsWith("text/event-stream"));
}

function shownOperation(path, item, method, operation) {
  const name = method.toUpperCase();
  const details = made("details", { id: operation.operationId });
  details.append(made(
    "summary", {},
    made("span", { class: "method " + name }, name),
    made("span", { class: "path" }, path),
    made("span", { class: "words" }, operation.summary),
  ));
  details.dataset.text = `${name} ${path} ${operation.summary}`.toLowerCase();
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    const inside = made("div", { class: "inside" }, made("p", { class: "prose" }, operation.description));
    inside.append(...parameters(item, operation), ...requestBody(operation), ...responses(operation));
    if (method === "get" && hasEnd(operation)) inside.append(...trial(path, item, operation));
    details.append(inside);
  });
  return details;
}

function shownSchema(name, schema) {
  const details = made("details", { id: "schema-" + name }, made("summary", {}, code(name)));
  const required = new Set(schema.required || []);
  const rows = Object.entries(schema.properties || {}).map(([member, each]) => [
    code(member), link(each), required.has(member) ? "always" : "", each.description || "",
  ]);
  const words = made("p", { class: "prose" }, schema.description || "");
  details.append(made("div", { class: "inside" }, words, table(["Member", "Type", "There", "Meaning"], rows)));
  return details;
}

function show() {
  const main = document.getElementById("operations");
  document.getElementById("version").prepend(`Version ${api.info.version}. `);
  const parts = [made("p", { class: "prose" }, api.info.description)];
  for (const tag of api.tags) {
    parts.push(made("h2", {}, tag.name), made("p", {}, tag.description));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS) {
        const operation = item[method];
        if (operation && operation.tags.includes(tag.name)) {
          parts.push(shownOperation(path, item, method, operation));
        }
      }
    }
  }
  parts.push(made("h2", {}, "Types"));
  for (const [name, schema] of Object.entries(api.components.schemas)) {
    parts.push(shownSchema(name, schema));
  }
  main.replaceChildren(...parts);
  main.removeAttribute("aria-busy");
  opened();
}

function opened() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) {
    target.open = true;
    target.scrollIntoView();
  }
}

function filter(event) {
  const wanted = event.target.value.trim().toLowerCase();
  for (const each of document.querySelectorAll("details[data-text]")) {
    each.hidden = !each.dataset.text.includes(wanted);
  }
}

async function start() {
  document.getElementById("filter").addEventListener("input", filter);
  window.addEventListener("hashchange", opened);
  const main = document.getElementById("operations");
  try {
    const answer = await fetch("/api/openapi.json");
    if (!answer.ok) throw new Error(`/api/openapi.json answers ${answer.status}`);
    api = await answer.json();
    show();
  } catch (error) {
    main.replaceChildren(made("p", {}, String(error)));
  }
}

start();
