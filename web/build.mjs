// Builds the report page: bundles src/main.ts and puts script, style and licences into one HTML file.
// The result has no external request in it, and the same sources give the same bytes.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const slot = '<script type="application/json" id="flms-data"></script>';

const bundle = await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  legalComments: "eof",
  metafile: true,
  write: false,
  logLevel: "warning",
});
const style = await build({
  absWorkingDir: here,
  entryPoints: ["src/style.css"],
  bundle: true,
  minify: true,
  write: false,
  logLevel: "warning",
});

// Inside a script element only these can end it or hide its end; esbuild escapes the first itself.
const script = "\n" + bundle.outputFiles[0].text.replaceAll("<!--", "<\\!--").trim() + "\n";
if (/<\/script/i.test(script)) throw new Error("the bundle contains </script");

// Only this very script may run, and nothing may be fetched from anywhere.
const hash = createHash("sha256").update(script, "utf8").digest("base64");
const policy =
  `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data: blob:; ` +
  "base-uri 'none'; form-action 'none'";

const parts = {
  policy,
  style: style.outputFiles[0].text.trim(),
  script,
  licences: escape(licences(bundle.metafile)),
};
const page = readFileSync(join(here, "src/page.html"), "utf8").replace(/\{\{(\w+)\}\}/g, (_, name) => {
  if (!(name in parts)) throw new Error(`src/page.html asks for an unknown part: ${name}`);
  return parts[name];
});
for (const [name, part] of Object.entries(parts))
  if (!page.includes(part)) throw new Error(`src/page.html does not use {{${name}}}`);
if (page.split(slot).length !== 2) throw new Error("the page must hold the empty flms-data element exactly once");

mkdirSync(join(here, "dist"), { recursive: true });
writeFileSync(join(here, "dist/report.html"), page);
console.log(`web/dist/report.html: ${Math.round(page.length / 1024)} KiB`);

/** The licence and notice of every package that went into the bundle. */
function licences(metafile) {
  const names = new Set();
  for (const [path, input] of Object.entries(metafile.outputs[Object.keys(metafile.outputs)[0]].inputs)) {
    const found = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path);
    if (found && input.bytesInOutput > 0) names.add(found[1]);
  }
  return [...names]
    .sort()
    .map((name) => {
      const root = join(here, "node_modules", name);
      const about = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
      const more = existsSync(join(root, "licenses")) ? readdirSync(join(root, "licenses")).sort() : [];
      const texts = ["NOTICE", "LICENSE", "LICENSE.txt", ...more.map((file) => join("licenses", file))]
        .map((file) => join(root, file))
        .filter((file) => existsSync(file))
        .map((file) => readFileSync(file, "utf8").replaceAll("\r\n", "\n").trim());
      if (texts.length === 0) throw new Error(`${name} is bundled but has no licence text`);
      return `${name} ${about.version} (${about.license})\n\n${texts.join("\n\n")}`;
    })
    .join(`\n\n${"=".repeat(72)}\n\n`);
}

function escape(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
