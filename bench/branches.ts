/** The branches of a floor's project. Apart from the steps, because the program's workflow may import no Node module. */
export const phaseBranch = (project: string, phase: number): string => `project/${project}/phase/${phase}`;
export const integrationBranch = (project: string): string => `project/${project}/integration`;
