import { runActServer } from "../compose/act-server.ts";
import { connectCluster } from "../compose/cluster.ts";
import { runService } from "./run-service.ts";

await runService(async (invocation) => {
  const connection = await connectCluster(invocation);
  await runActServer(connection, invocation.environment, invocation.signal);
  await connection.close();
});
