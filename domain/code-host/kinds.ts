/** Which code hosts `owner/name` repositories can be on. */
export const codeHostKinds = ['github', 'gitea'] as const;
export type CodeHostKind = (typeof codeHostKinds)[number];

/** As people call them. */
export const codeHostNames = { github: 'GitHub', gitea: 'Gitea' } as const satisfies Record<
  CodeHostKind,
  string
>;
