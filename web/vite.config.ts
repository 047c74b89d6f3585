/// <reference types="vitest/config" />
import { defineConfig } from "vite";

// One script and one style sheet, which work from file:// (no modules there), committed in the Python package.
export default defineConfig({
  build: {
    outDir: "../lmms_eval_plugins/reports/page/bundle",
    emptyOutDir: true,
    target: "es2022",
    cssCodeSplit: false,
    lib: {
      entry: "src/main.tsx",
      formats: ["iife"],
      name: "strokerehab",
      fileName: () => "app.js",
      cssFileName: "app",
    },
  },
  define: { "process.env.NODE_ENV": '"production"' },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
