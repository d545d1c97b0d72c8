import { aborted } from "../compose/aborted.ts";
import { runService } from "./run-service.ts";

const STOP_WITHIN_MS = 5_000;

await runService(async (invocation) => {
  const { connectCluster } = await import("../compose/cluster.ts");
  const { startReadServer } = await import("../compose/read-server.ts");
  const connection = await connectCluster(invocation);
  const server = await startReadServer(connection, invocation.environment);
  await aborted(invocation.signal);
  await server.stop(STOP_WITHIN_MS);
  await connection.close();
});
