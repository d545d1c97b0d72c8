import { serviceAccountUser } from "./identity.ts";

export interface Validation {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

/** A ValidatingAdmissionPolicy, without what is the same for all of them. */
export interface AdmissionPolicy {
  readonly name: string;
  readonly rules: readonly object[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly variables?: readonly { readonly name: string; readonly expression: string }[];
  readonly validations: readonly Validation[];
}

/** CEL: the request is made by that ServiceAccount of ours. */
export const isAccount = (name: string) => `request.userInfo.username == '${serviceAccountUser(name)}'`;

/** The policy with its binding. */
export function boundPolicy(policy: AdmissionPolicy): readonly object[] {
  return [policyObject(policy), binding(policy.name)];
}

function policyObject(policy: AdmissionPolicy): object {
  const { name, rules, matchConditions, variables, validations } = policy;
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name },
    spec: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: rules },
      ...(matchConditions ? { matchConditions } : {}),
      ...(variables ? { variables } : {}),
      validations,
    },
  };
}

function binding(policyName: string): object {
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicyBinding",
    metadata: { name: policyName },
    spec: { policyName, validationActions: ["Deny"] },
  };
}
