export interface CheckEvidence {
  readonly command: string;
  readonly passed: boolean;
  readonly exitCode: number | null;
  readonly elapsedMs: number;
}
