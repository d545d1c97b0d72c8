import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const docs = join(import.meta.dirname, "../../docs");

describe("docs/clients.md", () => {
  it("has configurations that are JSON and start the server", async () => {
    const page = await readFile(join(docs, "clients.md"), "utf8");
    const blocks = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(([, block = ""]) => JSON.parse(block));
    expect(blocks).toHaveLength(4);
    for (const { mcpServers, servers } of blocks) {
      expect((mcpServers ?? servers)["sre-agent"]).toMatchObject({
        command: "node",
        args: [expect.stringMatching(/\/dist\/sre-agent\.mjs$/), "mcp"],
      });
    }
  });
});
