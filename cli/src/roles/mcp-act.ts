import { runService } from "./run-service.ts";

await runService(async (invocation) => {
  const { connectCluster } = await import("../compose/cluster.ts");
  const { runActServer } = await import("../compose/act-server.ts");
  const connection = await connectCluster(invocation);
  await runActServer(connection, invocation.environment, invocation.signal);
  await connection.close();
});
