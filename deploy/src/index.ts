export { admissionPolicies } from "./admission.ts";
export { ACT_WRITE_ROLE, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE, serviceAccountUser } from "./identity.ts";
export { identities, optIn, rbac } from "./rbac.ts";
