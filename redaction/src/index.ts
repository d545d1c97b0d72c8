export { type Bounded, type Bounds, bound } from "./bound.ts";
export { type EnvelopeOptions, envelope } from "./envelope.ts";
export { normalise } from "./normalise.ts";
export { createPseudonyms, type Pseudonym } from "./pseudonyms.ts";
export { type Redacted, type RedactOptions, redact } from "./redact.ts";
export { redactObject } from "./redact-object.ts";
export { isSecretName } from "./secrets/secret-name.ts";
