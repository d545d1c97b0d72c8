import { runAgent } from "../compose/agent-service.ts";
import { runService } from "./run-service.ts";

await runService(({ environment, signal }) => runAgent(environment, signal));
