// A form of the usual kind, sent to each changing route; it needs no script and no preflight.
await all(CHANGING, ({ path }) => submit(url(path), "application/x-www-form-urlencoded", { reason: "x" }));
await submit(url(VICTIM), "application/x-www-form-urlencoded", {});
