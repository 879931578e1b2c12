import { defineConfig } from "vite";
import { precache } from "./vite/precache.ts";

/** The app and its service worker; every file that the app needs is named by its content. */
export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // A phone that reads an invitation has a network; the one that was set up needs no reader any more.
  plugins: [precache({ fetchedLater: /jsqr/i })],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { app: "index.html", sw: "src/sw.ts" },
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js"),
        chunkFileNames: "assets/[name]-[hash].js",
        assetFileNames: "assets/[name]-[hash][extname]",
      },
    },
  },
});
