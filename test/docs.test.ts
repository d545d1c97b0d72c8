import { existsSync, readFileSync, statSync } from "node:fs";
import { glob } from "node:fs/promises";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (path: string) => readFileSync(join(root, path), "utf8");

const pages: string[] = [];
for await (const path of glob("**/*.md", { cwd: root, exclude: ["**/node_modules", ".git", "dist*", "coverage"] })) {
  pages.push(path);
}

/** As GitHub names a heading. */
function anchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

const headings = (text: string) => [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => anchor(heading));

/** Why a link of `page` leads nowhere; undefined when it leads somewhere, or out of this repository. */
function linkFault(page: string, link: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [path = "", fragment] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return `${link}: there is no ${target}`;
  if (fragment === undefined || statSync(join(root, target)).isDirectory()) return undefined;
  return headings(read(target)).includes(fragment) ? undefined : `${link}: ${target} has no such heading`;
}

describe.each(pages)("%s", (page) => {
  const text = read(page);

  it("has no link that leads nowhere", () => {
    const prose = text.replace(/^```[\s\S]*?^```/gm, "");
    const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
    expect(links.map((link) => linkFault(page, link)).filter((fault) => fault !== undefined)).toEqual([]);
  });

  it("names tests that exist", () => {
    const named = [...text.matchAll(/`([\w./-]+\/[\w.-]+\.test\.ts)`/g)].map(([, path = ""]) => path);
    const isThere = (path: string) => existsSync(join(root, dirname(page), path)) || existsSync(join(root, path));
    expect(named.filter((path) => !isThere(path))).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { readonly scripts: Readonly<Record<string, string>> };
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });
});

it("looks at the pages that there are", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "docs/architecture.md", "docs/spec/sreaction.md"]));
});
