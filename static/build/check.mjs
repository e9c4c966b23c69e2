// Fails when a built file is not what its sources give: stylesheet, icon sprite, vendored copies, list of digests.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { sprite } from "./icons.mjs";
import { listing, vendored } from "./vendor.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path) => readFileSync(join(root, path));
const stale = [];
const same = (path, expected) => {
  if (!read(path).equals(Buffer.from(expected))) stale.push(path);
};

const place = mkdtempSync(join(tmpdir(), "wealthalloc-css-"));
try {
  const built = join(place, "app.css");
  execFileSync(join(root, "node_modules/.bin/tailwindcss"), ["-i", "static/css/src/app.css", "-o", built, "--minify"], {
    cwd: root,
    stdio: ["ignore", "ignore", "ignore"],
  });
  same("static/css/app.css", readFileSync(built));
} finally {
  rmSync(place, { recursive: true });
}
same("static/img/icons.svg", sprite());
for (const { from, to } of vendored()) same(to, read(from));
same("static/VENDOR.md", listing());

if (stale.length) {
  console.error(`Not what the sources give: ${stale.join(", ")}. Run npm run css, npm run icons, npm run vendor.`);
  process.exit(1);
}
console.log("Stylesheet, icons, vendored files and their list are what the sources give.");
