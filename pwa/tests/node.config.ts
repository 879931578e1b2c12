/** How a program of the tests is built for Node: everything in it, so that it runs anywhere. */

import { defineConfig } from "vite";

export default defineConfig({ ssr: { noExternal: true }, build: { minify: false, target: "node20" } });
