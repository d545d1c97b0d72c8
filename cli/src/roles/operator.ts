import { connectCluster } from "../compose/cluster.ts";
import { runOperator } from "../compose/operator-service.ts";
import { runService } from "./run-service.ts";

await runService(async (invocation) => {
  const connection = await connectCluster(invocation);
  await runOperator(connection, invocation.environment, invocation.signal);
  await connection.close();
});
