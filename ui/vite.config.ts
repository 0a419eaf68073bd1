import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

const scheduler = process.env.PETIT_URL ?? "http://127.0.0.1:8565";

const LAYERS = "@layer reset, tokens, base, components, features, app;\n";

/** Styles come in several files, whichever first: each says the order of the layers, as layers.css does. */
function layersFirst(): Plugin {
  return {
    name: "layers-first",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle))
        if (file.type === "asset" && file.fileName.endsWith(".css") && typeof file.source === "string") file.source = LAYERS + file.source;
    },
  };
}

export default defineConfig({
  plugins: [react(), layersFirst()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/petit/api/ui",
    emptyOutDir: true,
    // The first browsers with light-dark(); older ones would need every colour twice.
    target: ["chrome123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0, // the policy of the page lets no script or style stand in it
    modulePreload: { polyfill: false },
    manifest: true,
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      // The scheduler answers to its own name and to its own pages only, so the proxy speaks as one of them.
      "/api": {
        target: scheduler,
        changeOrigin: true,
        configure: (proxy) => {
          proxy.on("proxyReq", (request) => {
            if (request.getHeader("origin")) request.setHeader("origin", scheduler);
            request.removeHeader("sec-fetch-site");
          });
        },
      },
      "/metrics": { target: scheduler, changeOrigin: true },
    },
  },
  test: {
    restoreMocks: true,
    projects: [
      // What needs no page does not wait for one to be made.
      { extends: true, test: { name: "logic", include: ["src/**/*.test.ts", "scripts/**/*.test.mjs"] } },
      {
        extends: true,
        test: {
          name: "page",
          include: ["src/**/*.test.tsx"],
          environment: "jsdom",
          setupFiles: ["src/testing/setup.ts"],
        },
      },
    ],
  },
});
