import { rm } from "node:fs/promises";
import { join } from "node:path";
import { BUNDLES, type BundleName, bundle } from "./bundle.ts";

const dist = join(import.meta.dirname, "../../dist");

// Whoever reads no further, as head does, still gets the whole build.
process.stdout.on("error", () => undefined);

await rm(dist, { recursive: true, force: true });
for (const name of Object.keys(BUNDLES) as BundleName[]) {
  const { metafile } = await bundle(name, dist);
  const entry = metafile.outputs[`dist/${name}.mjs`];
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  process.stdout.write(
    `dist/${name}.mjs  ${kilobytes(entry?.bytes ?? 0)} at start, ${kilobytes(bytes)} with all chunks\n`,
  );
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KiB`;
}
