import { runService } from "./run-service.ts";

await runService(async ({ environment, signal }) => {
  const { runAgent } = await import("../compose/agent-service.ts");
  await runAgent(environment, signal);
});
