/** Names of people on a code host, which ignores their case. */
export const sameLogin = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();
