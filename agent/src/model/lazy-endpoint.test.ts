import { expect, it } from "vitest";
import { startWireDouble } from "../../test/wire-double/wire-double.ts";
import { keyCredential } from "./credential.ts";
import { lazyEndpoint } from "./lazy-endpoint.ts";

it("connects anew with the next request after it could not be connected", async () => {
  const double = await startWireDouble([{ content: "hello" }]);
  let tries = 0;
  const endpoint = lazyEndpoint({
    credential: keyCredential(() => "key-1"),
    get baseUrl() {
      tries += 1;
      if (tries === 1) throw new Error("not loaded");
      return double.baseUrl;
    },
  });
  const ask = () =>
    endpoint.chat({ model: "deployment-1", messages: [] }, { signal: new AbortController().signal, timeoutMs: 60_000 });
  await expect(ask()).rejects.toThrow("not loaded");
  expect(await ask()).toMatchObject({ choices: [{ message: { content: "hello" } }] });
  await double.stop();
});
