export { admissionPolicies } from "./admission.ts";
export { SERVICE_ACCOUNTS, SYSTEM_NAMESPACE, serviceAccountUser } from "./identity.ts";
export { identities, optIn, rbac } from "./rbac.ts";
