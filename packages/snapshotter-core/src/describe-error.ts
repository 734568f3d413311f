/** The message of an error with those of its causes: 'outer: inner', each said once. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let cause = error, depth = 0; cause !== undefined && depth < 10; depth++) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (!messages.some((said) => said.includes(message))) messages.push(message);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages.join(': ');
}
