export { type Diagnosis, diagnoseScope } from "./collect/diagnose-scope.ts";
