export interface Notice {
  /** Makes a repeat count once. */
  readonly id: string;
  readonly kind:
    | 'gate_opened'
    | 'gate_reminder'
    | 'gate_expired'
    | 'phase_failed'
    | 'question'
    | 'project_done'
    | 'project_failed'
    | 'alarm'
    | 'waiting_for_merge';
  readonly project: string;
  readonly title: string;
  readonly text: string;
  /** The command that answers, if one does. */
  readonly command: string | null;
  /** Where it can be answered on the web: the pull request. */
  readonly link?: string | null;
}
