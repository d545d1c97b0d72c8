/** One question to the authorizer, in the words of a SubjectAccessReview. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export type Rule = (attributes: Attributes) => boolean;

/** Everybody may do everything, except users for whom a rule was set. */
export interface Authorizer {
  allows(username: string, attributes: Attributes): boolean;
  setRule(username: string, rule: Rule | undefined): void;
}

export function createAuthorizer(): Authorizer {
  const rules = new Map<string, Rule>();
  return {
    allows: (username, attributes) => rules.get(username)?.(attributes) ?? true,
    setRule(username, rule) {
      if (rule === undefined) rules.delete(username);
      else rules.set(username, rule);
    },
  };
}
