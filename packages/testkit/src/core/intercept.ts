/**
 * Runs before every call of an in-memory port, with the port's and the method's name ('dirs.stage'). Throwing
 * makes the call fail without having had any effect; a promise delays it.
 */
export type Intercept = (operation: string) => void | Promise<void>;
