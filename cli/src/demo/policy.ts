import { API_VERSION, GROUP, POLICY_NAME, type PolicyRule, type SrePolicy } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Connection, createReader, createRecordWriter, isKubeError, type KubeObject } from "@sre-agent/kube";

/** On the demo's namespaces, so that one rule of the policy covers all of them. */
export const DEMO_LABEL = `${GROUP}/demo`;

const KIND = { apiVersion: API_VERSION, kind: "SrePolicy" } as const;

/** Every run of the demo is a change in a namespace of its own; ten in a row are no storm. */
const QUOTAS = {
  perTargetPer10Minutes: 1,
  perNamespacePerHour: 3,
  perNamespacePerDay: 10,
  clusterPer10Minutes: 100,
  openProposals: 5,
};

const RULE: PolicyRule = {
  namespaceSelector: { matchLabels: { [DEMO_LABEL]: "true" } },
  mode: "approve",
  quotas: QUOTAS,
};

/** Lets changes be approved in the demo's namespaces; leaves an existing policy otherwise as it is. */
export async function allowDemo(admin: Connection): Promise<void> {
  const writer = createRecordWriter(admin, { group: GROUP });
  const existing = await readPolicy(admin);
  if (existing === undefined) {
    await writer.create({
      ...KIND,
      metadata: { name: POLICY_NAME },
      spec: { mode: "approve", rules: [RULE], quotas: QUOTAS },
    });
    return;
  }
  if (existing.spec.mode !== "approve" && existing.spec.mode !== "auto") throw policyForbids(existing.spec.mode);
  const rules = existing.spec.rules ?? [];
  if (rules.some((rule) => rule.namespaceSelector?.matchLabels[DEMO_LABEL] === "true")) return;
  const { resourceVersion } = existing.metadata;
  await writer.merge(
    { ...KIND, name: POLICY_NAME },
    { metadata: { resourceVersion }, spec: { rules: [RULE, ...rules] } },
  );
}

async function readPolicy(admin: Connection): Promise<SrePolicy | undefined> {
  try {
    return await createReader(admin).get<KubeObject & SrePolicy>({ ...KIND, name: POLICY_NAME });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

function policyForbids(mode: string): UserError {
  return new UserError(
    `The SrePolicy of this cluster is in mode ${mode}: nothing may be changed, not even by a demo.`,
    {
      nextStep: "Ask its administrator, or run the embedded demo: npm run demo",
    },
  );
}
