export { bound } from "./bound.ts";
export { envelope } from "./envelope.ts";
export { normalise } from "./normalise.ts";
export { createPseudonyms, type Pseudonym } from "./pseudonyms.ts";
export { type Redacted, redact } from "./redact.ts";
export { redactObject } from "./redact-object.ts";
export { isSecretName } from "./secrets/secret-name.ts";
