export { startHttp } from "./transport/http.ts";
export { countCalls } from "./transport/metrics.ts";
