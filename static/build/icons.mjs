// Builds static/img/icons.svg, one sprite of the icons named in icons.json, from the Lucide set.
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../../", import.meta.url);
const names = JSON.parse(readFileSync(new URL("static/build/icons.json", root), "utf8"));
const symbols = names.map((name) => {
  const file = new URL(`node_modules/lucide-static/icons/${name}.svg`, root);
  if (!existsSync(file)) throw new Error(`Lucide has no icon called ${name}`);
  const body = readFileSync(file, "utf8").replace(/<!--[^]*?-->/g, "").match(/<svg[^>]*>([^]*)<\/svg>/)[1];
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${body.replace(/\s*\n\s*/g, "")}</symbol>`;
});
const version = JSON.parse(readFileSync(new URL("node_modules/lucide-static/package.json", root), "utf8")).version;
writeFileSync(
  new URL("static/img/icons.svg", root),
  `<!-- Lucide ${version}, ISC licence, see static/vendor/lucide-${version}/LICENSE. Built by npm run icons. -->\n` +
    `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`,
);
console.log(`static/img/icons.svg: ${names.length} icons of Lucide ${version}`);
