const steps = [
  { unit: 'd', seconds: 86_400 },
  { unit: 'h', seconds: 3600 },
  { unit: 'min', seconds: 60 },
  { unit: 's', seconds: 1 },
] as const;

/** A span of time for people, in its biggest unit, rounded down: '59 s', '3 min', '4 d'. What is negative is '0 s'. */
export function formatDuration(seconds: number): string {
  const step = steps.find((candidate) => seconds >= candidate.seconds);
  return step ? `${Math.floor(seconds / step.seconds)} ${step.unit}` : '0 s';
}
