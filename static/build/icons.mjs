// Builds static/img/icons.svg, one sprite of the icons named in icons.json, from the Lucide set.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const names = JSON.parse(readFileSync(new URL("static/build/icons.json", root), "utf8"));
const version = JSON.parse(readFileSync(new URL("node_modules/lucide-static/package.json", root), "utf8")).version;

function symbol(name) {
  const file = new URL(`node_modules/lucide-static/icons/${name}.svg`, root);
  if (!existsSync(file)) throw new Error(`Lucide has no icon called ${name}`);
  const body = readFileSync(file, "utf8").match(/<svg[^>]*>([^]*)<\/svg>/)[1];
  const stroke = 'fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round"';
  return `<symbol id="${name}" viewBox="0 0 24 24" ${stroke}>${body.replace(/\s*\n\s*/g, "")}</symbol>`;
}

export function sprite() {
  const origin = `<!-- Lucide ${version}, ISC, see static/VENDOR.md. Built by npm run icons. -->`;
  return `${origin}\n<svg xmlns="http://www.w3.org/2000/svg">\n${names.map(symbol).join("\n")}\n</svg>\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL("static/img/icons.svg", root), sprite());
  console.log(`static/img/icons.svg: ${names.length} icons of Lucide ${version}`);
}
