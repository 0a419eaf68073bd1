// A form whose text is JSON: {"reason":"x","pad":"="}
await all(CHANGING, ({ path }) => submit(url(path), "text/plain", { '{"reason":"x","pad":"': '"}' }));
await submit(url(VICTIM), "text/plain", { "{}//": "" });
