/** The API group of all seven kinds. */
export const GROUP = "sre-agent.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** Labels and annotations that sre-agent writes; nothing else of the cluster's metadata is ours. */
export const LABELS = {
  trigger: `${GROUP}/trigger`,
  investigation: `${GROUP}/investigation`,
  target: `${GROUP}/target`,
} as const;

/** Leases of the two that write, one holder each. */
export const LEASES = { operator: "sre-agent-operator", act: "sre-agent-act" } as const;

/** On a workload: the name of the SreRemediation whose write it carries, so that a restart can tell whether the write landed. */
export const ACTION_ANNOTATION = `${GROUP}/action`;
/** Key of the run reference in `_meta` of an MCP request. */
export const RUN_META_KEY = `${GROUP}/run`;
/** Key in `_meta` of an MCP result: the evidence ids that the result carries, `string[]`. */
export const EVIDENCE_META_KEY = `${GROUP}/evidence`;
/** Key in `_meta` of an MCP error result: the Denial behind it. */
export const DENIAL_META_KEY = `${GROUP}/denial`;
/** Key in `_meta` of an MCP request: one id from the trigger to the write. */
export const CORRELATION_META_KEY = `${GROUP}/correlation-id`;
/** Key in `_meta` of a listed tool that is no model's: `client`. */
export const AUDIENCE_META_KEY = `${GROUP}/audience`;
/** Audience of the tokens with which callers of the MCP servers authenticate (TokenReview). */
export const MCP_AUDIENCE = "sre-agent";
