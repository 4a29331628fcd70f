/** The commands that answer a project, as printed wherever something is awaited. */
export const commandFor = {
  approve: (slug: string, phase?: number): string =>
    `phasewright approve ${slug}${phase === undefined ? '' : ` --phase ${phase}`}`,
  reject: (slug: string, phase?: number): string =>
    `phasewright reject ${slug}${phase === undefined ? '' : ` --phase ${phase}`} --comment '…'`,
  retry: (slug: string): string => `phasewright retry ${slug}`,
  resume: (slug: string): string => `phasewright resume ${slug}`,
  answer: (slug: string): string => `phasewright answer ${slug} '…'`,
  /** The same with the official command alone. */
  signal: (workflowId: string, name: string, input: string): string =>
    `temporal workflow signal --workflow-id ${workflowId} --name ${name} --input '${input}'`,
};
