import { connectCluster } from "../compose/cluster.ts";
import { startReadServer } from "../compose/read-server.ts";
import { runService } from "./run-service.ts";

const STOP_WITHIN_MS = 5_000;

await runService(async (invocation) => {
  const connection = await connectCluster(invocation);
  const server = await startReadServer(connection, invocation.environment);
  await new Promise<void>((resolve) => invocation.signal.addEventListener("abort", () => resolve(), { once: true }));
  await server.stop(STOP_WITHIN_MS);
  await connection.close();
});
