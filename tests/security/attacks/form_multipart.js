// A form with parts, as for files.
await all(CHANGING, ({ path }) => submit(url(path), "multipart/form-data", { reason: "x", body: "{}" }));
