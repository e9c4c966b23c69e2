// Copies what the pages serve of other people's work into static/, and lists it with licence and digest.
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const PACKAGES = [
  {
    name: "uplot",
    use: "dense line charts",
    files: (folder) => ["uPlot.iife.min.js", "uPlot.min.css"].map((file) => [`dist/${file}`, `${folder}/${file}`]),
  },
  {
    name: "@fontsource-variable/inter",
    use: "the typeface, with optical sizes",
    files: () => ["latin", "latin-ext"].map((part) => [`files/inter-${part}-opsz-normal.woff2`, `static/fonts/inter-${part}-opsz-normal.woff2`]),
  },
  { name: "lucide-static", use: "icons, as one sprite", files: () => [], made: ["static/img/icons.svg"] },
  { name: "daisyui", use: "themes, buttons, dialogs and switches, within the stylesheet", files: () => [], made: ["static/css/app.css"] },
  { name: "tailwindcss", use: "utilities and base, within the stylesheet", files: () => [], made: ["static/css/app.css"] },
];

function facts(entry) {
  const about = JSON.parse(readFileSync(join(root, "node_modules", entry.name, "package.json"), "utf8"));
  const folder = `static/vendor/${entry.name.replace("@fontsource-variable/", "").replace("-static", "")}-${about.version}`;
  return { ...entry, version: about.version, licence: about.license, folder };
}

export function vendored() {
  return PACKAGES.map(facts).flatMap((entry) =>
    [...entry.files(entry.folder), ["LICENSE", `${entry.folder}/LICENSE`]].map(([from, to]) => ({
      from: join("node_modules", entry.name, from),
      to,
    })),
  );
}

const digest = (path) => createHash("sha256").update(readFileSync(join(root, path))).digest("hex");

export function listing() {
  const lines = [
    "# Files made by others",
    "",
    "Served by this product itself, so that pages work without any other server. `npm run vendor` copies them and",
    "writes this list; `npm run css:check` fails when a file differs from its package. htmx comes with the Python",
    "package `django-htmx` and is listed in `requirements.txt`.",
    "",
  ];
  for (const entry of PACKAGES.map(facts)) {
    lines.push(`## ${entry.name} ${entry.version}`, "");
    lines.push(`${entry.licence}, licence text in \`${entry.folder}/LICENSE\`. Used for ${entry.use}.`);
    lines.push(`Source: npm package \`${entry.name}\`, version ${entry.version}.`, "");
    for (const [, to] of entry.files(entry.folder)) lines.push(`- \`${to}\` sha256 \`${digest(to)}\``);
    for (const to of entry.made || []) lines.push(`- part of \`${to}\`, which is built here`);
    lines.push("");
  }
  return lines.join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { from, to } of vendored()) {
    mkdirSync(dirname(join(root, to)), { recursive: true });
    copyFileSync(join(root, from), join(root, to));
  }
  writeFileSync(join(root, "static/VENDOR.md"), listing());
  console.log(`static/VENDOR.md: ${PACKAGES.length} packages`);
}
