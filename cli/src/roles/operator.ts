import { runService } from "./run-service.ts";

await runService(async (invocation) => {
  const { connectCluster } = await import("../compose/cluster.ts");
  const { runOperator } = await import("../compose/operator-service.ts");
  const connection = await connectCluster(invocation);
  await runOperator(connection, invocation.environment, invocation.signal);
  await connection.close();
});
