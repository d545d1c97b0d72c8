import { once } from "node:events";
import { connect, createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { openAgents } from "./open-agents.ts";

it("the error of a stream that nobody listens to any more ends no process", async () => {
  const target = {
    server: "https://127.0.0.1:9",
    namespace: "default",
    user: "somebody",
    credential: async () => ({}),
  };
  const agents = openAgents(target, { authority: undefined, certificate: undefined, key: undefined });
  const server = createServer((_request, response) => void response.write("the first half"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`).on("error", () => undefined);
  const abandoned = session.request({ ":path": "/" });
  await once(abandoned, "response");
  const closed = new Promise((resolve) => abandoned.once("close", resolve));
  session.destroy(new Error("the session ends"));
  await closed;
  expect(abandoned.errored?.message).toBe("the session ends");
  server.close();
  await Promise.all([agents.requests.destroy(), agents.watches.destroy()]);
});
